#pragma once

#include "fleet/selector.hpp"

#include <span>
#include <string>
#include <vector>

namespace rs::fleet {

// Which agents are meant: each part adds to the others, `excluded` takes away.
struct Wanted {
  std::vector<std::string> names; // names, ids, or beginnings of ids that only one agent has
  std::vector<Selector> selectors;
  bool all = false;
  std::vector<std::string> excluded; // as names
};

struct Chosen {
  std::vector<std::size_t> agents;           // places in the list, each agent once: first as named, then as listed
  std::vector<std::string> missing;          // names that no agent has
  std::vector<std::string> missing_excluded; // the same of `excluded`
};

// `conflict`: a name, or the beginning of an id, that several agents have.
Result<Chosen> choose(std::span<const AgentFacts> agents, const Wanted& wanted);

} // namespace rs::fleet
