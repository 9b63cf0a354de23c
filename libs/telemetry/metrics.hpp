// Counters, gauges and histograms of one service, as Prometheus text.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace dsm::telemetry {

using Labels = std::map<std::string, std::string>;

/// One registry a service. Safe from any thread. A name keeps the kind of its first use.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void count(const std::string& name, const Labels& labels = {}, double by = 1);
    void gauge(const std::string& name, double value, const Labels& labels = {});
    /// `seconds` into a histogram of request-like durations (1 ms to 10 s).
    void observe_seconds(const std::string& name, double seconds, const Labels& labels = {});

    /// The text exposition format 0.0.4.
    std::string text() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dsm::telemetry
