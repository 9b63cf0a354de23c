// Metrics on prometheus-cpp's registry.
#include "libs/telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <variant>

namespace dsm::telemetry {
namespace {

using Family =
    std::variant<prometheus::Family<prometheus::Counter>*, prometheus::Family<prometheus::Gauge>*,
                 prometheus::Family<prometheus::Histogram>*>;

prometheus::Histogram::BucketBoundaries request_durations() {
    return {0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

}  // namespace

struct Metrics::State {
    prometheus::Registry registry;
    std::mutex mutex;
    std::map<std::string, Family> families;

    /// The family of `name`, made by `build` at its first use; nullptr if the name has another
    /// kind.
    template <class Metric, class Build>
    prometheus::Family<Metric>* family(const std::string& name, Build build) {
        std::lock_guard lock(mutex);
        auto found = families.find(name);
        if (found == families.end()) {
            auto& made = build().Name(name).Register(registry);
            found = families.emplace(name, &made).first;
        }
        auto* typed = std::get_if<prometheus::Family<Metric>*>(&found->second);
        return typed ? *typed : nullptr;
    }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::count(const std::string& name, const Labels& labels, double by) {
    auto* family = state_->family<prometheus::Counter>(name, prometheus::BuildCounter);
    if (family) family->Add(labels).Increment(by);
}

void Metrics::gauge(const std::string& name, double value, const Labels& labels) {
    auto* family = state_->family<prometheus::Gauge>(name, prometheus::BuildGauge);
    if (family) family->Add(labels).Set(value);
}

void Metrics::observe_seconds(const std::string& name, double seconds, const Labels& labels) {
    auto* family = state_->family<prometheus::Histogram>(name, prometheus::BuildHistogram);
    if (family) family->Add(labels, request_durations()).Observe(seconds);
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace dsm::telemetry
