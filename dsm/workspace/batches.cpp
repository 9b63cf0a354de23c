// The order of the parts and the cutting.
#include "dsm/workspace/batches.hpp"

#include <boost/json/serialize.hpp>

namespace dsm::workspace {

namespace json = boost::json;

namespace {

class Cutter {
public:
    explicit Cutter(std::vector<Batch>& into) : into_(into) {}

    void add(Target target, std::string_view name, const json::array& rows) {
        for (const auto& row : rows) {
            const std::size_t bytes = json::serialize(row).size() + 1;
            const bool full = rows_ == kRowsPerBatch || bytes_ + bytes > kBytesPerBatch;
            if (into_.empty() || into_.back().target != target || full) open(target);
            auto& list = into_.back().body[name];
            if (!list.is_array()) list = json::array();
            list.get_array().push_back(row);
            ++rows_;
            bytes_ += bytes;
        }
    }

private:
    void open(Target target) {
        into_.push_back({target, {}});
        rows_ = 0;
        bytes_ = 0;
    }

    std::vector<Batch>& into_;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
};

json::array tasks_in_sprints(const json::array& tasks) {
    json::array some;
    for (const auto& task : tasks) {
        if (task.at("sprint_id").is_string()) some.push_back(task);
    }
    return some;
}

}  // namespace

std::vector<Batch> batches_of(const Workspace& workspace) {
    std::vector<Batch> batches;
    Cutter cutter(batches);
    cutter.add(Target::kProject, "employees", workspace.employees);
    cutter.add(Target::kProject, "projects", workspace.projects);
    cutter.add(Target::kProject, "holidays", workspace.holidays);
    cutter.add(Target::kProject, "pto", workspace.pto);
    cutter.add(Target::kBacklog, "tasks", workspace.tasks);
    cutter.add(Target::kSprint, "sprints", workspace.sprints);
    cutter.add(Target::kSprint, "tasks", tasks_in_sprints(workspace.tasks));
    json::array names;
    for (const auto& name : workspace.cronjobs) names.emplace_back(name);
    cutter.add(Target::kOrchestrator, "names", names);
    return batches;
}

}  // namespace dsm::workspace
