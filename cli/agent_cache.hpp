#pragma once

#include "cli/profile.hpp"
#include "wire/api.hpp"

#include <vector>

namespace rs::cli {

// What an earlier `agents list` learned, for completion: a file of the profile, replaced whole. An unreadable one is a miss.
struct AgentCache {
  WallTime asked; // whether or not there was an answer
  std::vector<wire::api::AgentItem> items;
};
RS_DESCRIBE(AgentCache, asked, items)

std::optional<AgentCache> load_agent_cache(const Profile& profile);
void save_agent_cache(const Profile& profile, const AgentCache& cache);

} // namespace rs::cli
