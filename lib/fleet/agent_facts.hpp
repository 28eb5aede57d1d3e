#pragma once

#include <map>
#include <optional>
#include <string>

namespace rs::fleet {

// What is known of an agent when targets are chosen. Id, name and tags are its certificate's; the rest is the relay's
// word.
struct AgentFacts {
  std::string id;
  std::string name;
  std::map<std::string, std::string> tags;
  std::string os;
  std::string version;
  std::optional<std::string> user;
  bool online = false;
};

} // namespace rs::fleet
