#pragma once

#include "base/result.hpp"
#include "fleet/agent_facts.hpp"

#include <memory>
#include <string_view>

namespace rs::fleet {

inline constexpr std::size_t kMaxSelector = 4 << 10; // bytes
inline constexpr int kMaxSelectorDepth = 64;         // ( ) and ! inside each other

// The expression of -l:
//   any   = all { "|" all }                 all = not { "," not }
//   not   = "!" not | "(" any ")" | term    term = subject [ ( "=" | "!=" | "~" ) value ]
// A subject is a field (name os version user online), tag.KEY, or just KEY where a value is compared. Alone it asks
// whether there is a value (online: whether it is). != is the contrary of =, so it holds also where there is none. ~ is
// searched (Pattern). A value may stand in ' ' as it is, or in " " with \" and \\; without quotes it ends at a blank or
// one of , | ( ).
class Selector {
 public:
  // `invalid`: names the column, in characters from 1.
  static Result<Selector> parse(std::string_view text);
  bool matches(const AgentFacts& agent) const;

  struct Node; // selector.cpp

 private:
  explicit Selector(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

} // namespace rs::fleet
