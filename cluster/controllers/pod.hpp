// What a Job's Pod template means on this machine: a command of our own program, or a reason why
// not. Pure.
#pragma once

#include <expected>
#include <map>
#include <string>

#include "cluster/controllers/process.hpp"
#include "cluster/objects/json.hpp"

namespace dsm::cluster {

/// What this machine offers to Pods.
struct LocalImage {
    std::string name;        ///< "dsm": the image that is this program, whatever the tag
    std::string executable;  ///< the program
    std::map<std::string, std::string> environment;  ///< over what a container says
    std::string output_folder;                       ///< for the output of Pods; empty: none
};

/// Why a Pod can't run here: an event's reason and message.
struct Unrunnable {
    std::string reason;
    std::string message;
};

/// "registry/dsm:1.2" and "dsm@sha256:…" are the image "dsm"; so is "registry/dsm" if `own` is it.
bool is_own_image(std::string_view image, std::string_view own);

/// The command of the first container of `job`, as the Pod named `pod` would run it.
std::expected<Command, Unrunnable> command_of(const json::value& job, const std::string& pod,
                                              const LocalImage& local);

}  // namespace dsm::cluster
