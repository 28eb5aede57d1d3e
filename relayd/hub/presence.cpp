#include "relayd/hub/presence.hpp"

namespace rs::relay {

std::optional<session::LinkKey> Presence::arrived(const std::string& org, const std::string& agent, session::LinkKey link) {
  const std::lock_guard lock(mutex_);
  auto [place, fresh] = links_.try_emplace(key(org, agent), link);
  if (fresh) return std::nullopt;
  return std::exchange(place->second, link);
}

bool Presence::left(const std::string& org, const std::string& agent, session::LinkKey link) {
  const std::lock_guard lock(mutex_);
  const auto place = links_.find(key(org, agent));
  if (place == links_.end() || place->second != link) return false;
  links_.erase(place);
  return true;
}

std::optional<session::LinkKey> Presence::find(const std::string& org, const std::string& agent) const {
  const std::lock_guard lock(mutex_);
  const auto place = links_.find(key(org, agent));
  return place == links_.end() ? std::nullopt : std::optional(place->second);
}

std::size_t Presence::size() const {
  const std::lock_guard lock(mutex_);
  return links_.size();
}

} // namespace rs::relay
