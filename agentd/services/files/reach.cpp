#include "agentd/services/files/reach.hpp"

namespace rs::agent {

// The guard is made anew for each call: what it forbids may have been moved or made since.
Result<files::Jail> Reach::jail() const {
  auto guard = std::make_shared<files::Guard>();
  for (const auto& path : forbidden) RS_CHECK(guard->forbid(path));
  return files::Jail(home, roots, std::move(guard));
}

} // namespace rs::agent
