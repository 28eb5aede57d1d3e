#include "agentd/services/diag/sections.hpp"

#include "agentd/services/diag/cpu.hpp"
#include "agentd/services/diag/disks.hpp"
#include "agentd/services/diag/logs.hpp"
#include "agentd/services/diag/memory.hpp"
#include "agentd/services/diag/network.hpp"
#include "agentd/services/diag/processes.hpp"
#include "agentd/services/diag/scan.hpp"
#include "agentd/services/diag/system.hpp"
#include "agentd/services/diag/units.hpp"
#include "agentd/services/diag/updates.hpp"
#include "agentd/services/diag/users.hpp"

#include <algorithm>

namespace rs::agent::diag {
namespace {

using session::DiagReport;
using session::DiagSection;

template <class T>
void put(DiagSection section, Result<T> read, std::optional<T>& into, DiagReport& report) {
  if (read) into = std::move(*read);
  else report.unavailable.push_back({section, short_text(read.error().message)});
}

// A list that may be cut, and the size of its JSON.
struct List {
  std::size_t bytes = 0;
  std::function<void()> halve;
};

class Lists {
 public:
  explicit Lists(const describe::Node& document) : document_(document) {}

  template <class T>
  void add(std::string_view section, std::string_view name, std::vector<T>& list, std::uint64_t& left_out) {
    add(section, name, [&] { cap(list, list.size() / 2, left_out); });
  }
  void add(std::string_view section, std::string_view name, std::function<void()> halve) {
    const auto* in = document_.find(section);
    const auto* list = in == nullptr ? nullptr : in->find(name);
    const auto* items = list == nullptr ? nullptr : list->get_if<describe::Node::Array>();
    if (items != nullptr && !items->empty()) lists_.push_back({describe::write_json(*list).size(), std::move(halve)});
  }
  const List* longest() const {
    const auto found = std::ranges::max_element(lists_, {}, &List::bytes);
    return found == lists_.end() ? nullptr : &*found;
  }

 private:
  const describe::Node& document_;
  std::vector<List> lists_;
};

// The newest lines stay.
void halve_lines(session::DiagLogs& logs) {
  const auto drop = logs.lines.size() - logs.lines.size() / 2;
  logs.lines.erase(logs.lines.begin(), logs.lines.begin() + static_cast<std::ptrdiff_t>(drop));
  logs.left_out += drop;
}

// `uncounted`: of lists whose section says otherwise how many there are.
Lists lists_of(DiagReport& report, const describe::Node& document, std::uint64_t& uncounted) {
  Lists lists(document);
  if (auto& disks = report.disks) lists.add("disks", "mounts", disks->mounts, disks->left_out);
  if (auto& network = report.network) {
    lists.add("network", "interfaces", network->interfaces, network->left_out);
    lists.add("network", "listening", network->listening, network->left_out);
  }
  if (auto& processes = report.processes) {
    lists.add("processes", "by_cpu", processes->by_cpu, uncounted);
    lists.add("processes", "by_memory", processes->by_memory, uncounted);
  }
  if (auto& services = report.services) lists.add("services", "units", services->units, services->left_out);
  if (auto& users = report.users) {
    lists.add("users", "logged_in", users->logged_in, users->left_out);
    lists.add("users", "accounts", users->accounts, users->left_out);
  }
  if (auto& updates = report.updates) lists.add("updates", "packages", updates->packages, updates->left_out);
  if (auto& logs = report.logs) lists.add("logs", "lines", [&logs] { halve_lines(*logs); });
  return lists;
}

} // namespace

void collect(DiagSection section, const Probe& probe, DiagReport& into) {
  switch (section) {
    case DiagSection::system: return put(section, read_system(probe), into.system, into);
    case DiagSection::cpu: return put(section, read_cpu(probe), into.cpu, into);
    case DiagSection::memory: return put(section, read_memory(probe), into.memory, into);
    case DiagSection::disks: return put(section, read_disks(probe), into.disks, into);
    case DiagSection::network: return put(section, read_network(probe), into.network, into);
    case DiagSection::processes: return put(section, read_processes(probe), into.processes, into);
    case DiagSection::services: return put(section, read_services(probe), into.services, into);
    case DiagSection::users: return put(section, read_users(probe), into.users, into);
    case DiagSection::updates: return put(section, read_updates(probe), into.updates, into);
    case DiagSection::logs: return put(section, read_logs(probe), into.logs, into);
  }
}

void merge(DiagReport part, DiagReport& into) {
  const auto move_over = [](auto& from, auto& to) {
    if (from) to = std::move(from);
  };
  move_over(part.system, into.system);
  move_over(part.cpu, into.cpu);
  move_over(part.memory, into.memory);
  move_over(part.disks, into.disks);
  move_over(part.network, into.network);
  move_over(part.processes, into.processes);
  move_over(part.services, into.services);
  move_over(part.users, into.users);
  move_over(part.updates, into.updates);
  move_over(part.logs, into.logs);
  for (auto& missing : part.unavailable) into.unavailable.push_back(std::move(missing));
}

void fit(DiagReport& report, std::size_t most) {
  std::uint64_t uncounted = 0;
  for (;;) {
    const auto document = describe::to_node(report);
    if (describe::write_json(document).size() <= most) return;
    const auto lists = lists_of(report, document, uncounted);
    const auto* longest = lists.longest();
    if (longest == nullptr) return;
    longest->halve();
  }
}

} // namespace rs::agent::diag
