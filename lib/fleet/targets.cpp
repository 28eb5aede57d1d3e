#include "fleet/targets.hpp"

#include "wire/limits.hpp"

#include <algorithm>
#include <set>

namespace rs::fleet {
namespace {

// The agents by name and by id.
class Index {
 public:
  explicit Index(std::span<const AgentFacts> agents) {
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (!by_id_.emplace(agents[i].id, i).second) continue; // an agent that is listed twice is one
      by_name_.emplace(agents[i].name, i);
    }
  }

  Result<std::optional<std::size_t>> find(std::string_view text) const {
    const auto [first, last] = by_name_.equal_range(text);
    if (first != last && std::next(first) != last)
      return fail(Errc::conflict, "more than one agent is called '" + std::string(text) + "'");
    if (first != last) return std::optional(first->second);
    return find_id(text);
  }
  bool is_first(const AgentFacts& agent, std::size_t place) const { return by_id_.at(agent.id) == place; }

 private:
  Result<std::optional<std::size_t>> find_id(std::string_view text) const {
    auto found = by_id_.lower_bound(text);
    if (text.size() < wire::kLeastIdPrefix || found == by_id_.end() || !found->first.starts_with(text))
      return std::optional<std::size_t>();
    const auto place = found->second;
    if (found->first != text && ++found != by_id_.end() && found->first.starts_with(text))
      return fail(Errc::conflict, "more than one agent's id begins with '" + std::string(text) + "'");
    return std::optional(place);
  }

  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::multimap<std::string, std::size_t, std::less<>> by_name_;
};

} // namespace

Result<Chosen> choose(std::span<const AgentFacts> agents, const Wanted& wanted) {
  const Index index(agents);
  Chosen out;
  std::set<std::size_t> taken;
  std::set<std::string_view> missing;
  for (const auto& name : wanted.excluded) {
    RS_TRY(const auto place, index.find(name));
    if (place) taken.insert(*place);
    else if (missing.insert(name).second) out.missing_excluded.push_back(name);
  }
  missing.clear();
  for (const auto& name : wanted.names) {
    RS_TRY(const auto place, index.find(name));
    if (!place && missing.insert(name).second) out.missing.push_back(name);
    if (place && taken.insert(*place).second) out.agents.push_back(*place);
  }
  const auto selected = [&](const AgentFacts& agent) {
    return wanted.all || std::ranges::any_of(wanted.selectors, [&](const Selector& one) { return one.matches(agent); });
  };
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (selected(agents[i]) && index.is_first(agents[i], i) && taken.insert(i).second) out.agents.push_back(i);
  }
  return out;
}

} // namespace rs::fleet
