// For the controllers' tests: a registry in memory, a clock that stands, and short ways to say
// what is there. Controllers run when the test says so.
#pragma once

#include <gtest/gtest.h>

#include "cluster/controllers/control_loop.hpp"
#include "cluster/controllers/cron_rules.hpp"
#include "libs/testing/manual_clock.hpp"
#include "libs/testing/process.hpp"

namespace dsm::cluster {

class ControllerTest : public ::testing::Test {
protected:
    ControllerTest() {
        for (const char* name : {"default", "dsm"}) {
            create("v1", "Namespace", "", {{"metadata", {{"name", name}}}});
        }
    }

    static Instant at(std::string_view text) { return *parse_rfc3339(text); }

    void settle() { loop_.settle(); }
    void settle_at(std::string_view time) {
        clock_.set(at(time));
        loop_.settle();
    }

    Place place(std::string_view plural, std::string name, std::string subresource = "") {
        for (const ResourceType& type : registry()) {
            if (type.plural != plural || &stored_type(type) != &type) continue;
            return {type, type.namespaced ? "dsm" : "", std::move(name), std::move(subresource)};
        }
        std::abort();
    }

    json::value create(std::string_view api_version, std::string_view kind,
                       const std::string& name_space, json::value object) {
        const ResourceType& type = *find_kind(api_version, kind);
        object.as_object()["apiVersion"] = api_version;
        object.as_object()["kind"] = kind;
        auto made =
            registry_.create({type, name_space, "", ""}, canonical(type, object), options());
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made ? made->object : json::value();
    }

    /// A CronJob of our own image whose schedule is `schedule`; `spec` is merged over it.
    json::value create_cronjob(const std::string& name, std::string_view schedule,
                               json::object more = {}) {
        json::object spec{
            {"schedule", schedule},
            {"jobTemplate",
             {{"metadata", {{"labels", {{"app", "scrum"}}}}}, {"spec", job_spec("dsm", {})}}}};
        for (auto& [key, value] : more) spec[key] = value;
        return create("batch/v1", "CronJob", "dsm",
                      {{"metadata", {{"name", name}}}, {"spec", spec}});
    }

    static json::object job_spec(std::string_view image, json::array command) {
        return {{"template",
                 {{"spec",
                   {{"restartPolicy", "Never"},
                    {"containers",
                     {{{"name", "c"}, {"image", image}, {"command", std::move(command)}}}}}}}}};
    }

    json::value create_job(const std::string& name, std::string_view image, json::array command,
                           json::object more = {}) {
        json::object spec = job_spec(image, std::move(command));
        for (auto& [key, value] : more) spec[key] = value;
        return create("batch/v1", "Job", "dsm", {{"metadata", {{"name", name}}}, {"spec", spec}});
    }

    json::value get(std::string_view plural, const std::string& name) {
        const auto found = registry_.read(place(plural, name));
        return found ? *found : json::value();
    }
    bool exists(std::string_view plural, const std::string& name) {
        return registry_.read(place(plural, name)).has_value();
    }
    void patch(std::string_view plural, const std::string& name, std::string_view merge_patch) {
        const auto written = registry_.patch(place(plural, name), PatchKind::kMerge, merge_patch,
                                             Force::kNo, options());
        EXPECT_TRUE(written) << (written ? "" : written.error().message);
    }
    void remove(std::string_view plural, const std::string& name, std::string policy) {
        const auto gone = registry_.remove(place(plural, name), {.policy = std::move(policy)});
        EXPECT_TRUE(gone) << (gone ? "" : gone.error().message);
    }

    std::vector<std::string> names(std::string_view plural) {
        std::vector<std::string> all;
        const auto page = store_->list({.resource = place(plural, "").type.storage});
        for (const Record& record : page->records) {
            all.emplace_back(text_at(*record.object, {"metadata", "name"}));
        }
        return all;
    }
    /// "reason: message" of every event, in order of their names.
    std::vector<std::string> events() {
        std::vector<std::string> all;
        const auto page = store_->list({.resource = place("events", "").type.storage});
        for (const Record& record : page->records) {
            all.push_back(std::string(text_at(*record.object, {"reason"})) + ": " +
                          std::string(text_at(*record.object, {"message"})));
        }
        return all;
    }
    bool has_event(const std::string& text) {
        const auto all = events();
        return std::ranges::find(all, text) != all.end();
    }
    /// Plays the Pods of a Job: conditions and times as the Job controller would write them.
    void finish(const std::string& name, bool success) {
        json::value job = get("jobs", name);
        const Instant now = clock_.wall();
        const char* reason = success ? "CompletionsReached" : "BackoffLimitExceeded";
        if (text_at(job, {"status", "startTime"}).empty()) {
            object_at(job, {"status"})["startTime"] = format_rfc3339(now);
        }
        set_pod_counts(job, {0, success ? 1 : 0, success ? 0 : 1});
        set_condition(job, success ? "SuccessCriteriaMet" : "FailureTarget", true, reason, "", now);
        set_condition(job, success ? "Complete" : "Failed", true, reason, "", now);
        if (success) object_at(job, {"status"})["completionTime"] = format_rfc3339(now);
        const auto written = registry_.replace(place("jobs", name, "status"), job, options());
        EXPECT_TRUE(written) << (written ? "" : written.error().message);
    }

    WriteOptions options() { return {.writer = {"test", "", clock_.wall()}}; }

    dsm::testing::ManualClock clock_{at("2026-03-02T10:00:30Z")};
    std::unique_ptr<rt::Random> random_ = rt::make_seeded_random(1);
    std::unique_ptr<Store> store_ = *Store::open("", 1000);
    Registry registry_{*store_, clock_, *random_};
    dsm::testing::TemporaryFolder outputs_;
    JobSettings settings_{.local = {.name = "dsm",
                                    .executable = "/bin/sh",
                                    .environment = {},
                                    .output_folder = outputs_.path()},
                          .first_backoff = std::chrono::milliseconds(0)};
    ControlLoop loop_{registry_, clock_, *random_, settings_};
};

}  // namespace dsm::cluster
