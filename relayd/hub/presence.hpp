#pragma once

#include "session/relay_link.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace rs::relay {

// Which agents are connected, and by which link. Thread-safe; asked once a circuit, never for data.
class Presence {
 public:
  // The link that this one replaces, if any.
  std::optional<session::LinkKey> arrived(const std::string& org, const std::string& agent, session::LinkKey link);
  // Nothing happens where another link has taken the agent's place. True: the agent is offline now.
  bool left(const std::string& org, const std::string& agent, session::LinkKey link);
  std::optional<session::LinkKey> find(const std::string& org, const std::string& agent) const;
  std::size_t size() const;

 private:
  static std::string key(const std::string& org, const std::string& agent) { return org + '/' + agent; }

  mutable std::mutex mutex_;
  std::unordered_map<std::string, session::LinkKey> links_;
};

} // namespace rs::relay
