#include "cli/agent_cache.hpp"

#include "daemon/files.hpp"
#include "describe/codec_impl.hpp"

RS_CODEC(rs::cli::AgentCache)

namespace rs::cli {
namespace {

constexpr std::size_t kMaxCacheBytes = 32 << 20;

std::string path_in(const Profile& profile) { return profile.directory() + "/agents.json"; }

} // namespace

std::optional<AgentCache> load_agent_cache(const Profile& profile) {
  const auto bytes = daemon::read_file(path_in(profile), kMaxCacheBytes);
  if (!bytes) return std::nullopt;
  auto cache = describe::from_json<AgentCache>(as_text(*bytes), describe::Unknown::ignore);
  if (!cache) return std::nullopt;
  return std::move(*cache);
}

void save_agent_cache(const Profile& profile, const AgentCache& cache) {
  (void)daemon::write_file_atomically(path_in(profile), as_bytes(describe::to_json(cache)), 0600, daemon::Durability::volatile_);
}

} // namespace rs::cli
