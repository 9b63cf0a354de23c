// The validations of each kind; validation.hpp puts them together.
#pragma once

#include "cluster/objects/status.hpp"

namespace dsm::cluster {

/// Metadata of a new object.
void check_metadata(const ResourceType& type, const json::value& object, FieldErrors& errors);
/// Finalizers a new object may have; later ones need no domain.
void check_finalizer_names(const json::value& object, FieldErrors& errors);
/// What an update may not change of the metadata.
void check_metadata_update(const json::value& stored, const json::value& object,
                           FieldErrors& errors);
void check_labels(const json::value* labels, const std::string& field, FieldErrors& errors);
void check_annotations(const json::value* annotations, const std::string& field,
                       FieldErrors& errors);

/// `template_value` is {metadata, spec} at `field`.
void check_pod_template(const json::value& template_value, const std::string& field,
                        FieldErrors& errors);

/// What of a Pod's spec at `field` is taken, but not as it stands.
void warn_of_pod(const json::value& spec, const std::string& field,
                 std::vector<std::string>& warnings);

/// `stored` is null on create.
void check_cron_job_spec(const json::value& object, const json::value* stored, FieldErrors& errors);
/// A JobSpec at `field`, as Jobs and CronJob templates share it.
void check_job_spec(const json::value& spec, const std::string& field, FieldErrors& errors);
void check_job(const json::value& object, FieldErrors& errors);
void check_job_update(const json::value& stored, const json::value& object, FieldErrors& errors);
void check_job_status_update(const json::value& stored, const json::value& object,
                             FieldErrors& errors);

/// What every write of an event must keep; fields are named as core names them.
void check_event(const ResourceType& type, const json::value& object, FieldErrors& errors);
/// The same, and what events.k8s.io asks of a new one. Core looks at no event's metadata.
void check_event_create(const ResourceType& type, const json::value& object, FieldErrors& errors);
/// Of events.k8s.io alone: everything but the series stays.
void check_event_update(const json::value& stored, const json::value& object, FieldErrors& errors);
void check_lease(const json::value& object, FieldErrors& errors);

/// Adds an error if the number at `parent`.`member` is below zero.
void check_not_negative(const json::value& parent, const std::string& field,
                        std::string_view member, FieldErrors& errors);

}  // namespace dsm::cluster
