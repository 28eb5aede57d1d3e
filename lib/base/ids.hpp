#pragma once

#include "base/bytes.hpp"

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace rs {

inline constexpr std::size_t kIdRandomBytes = 13; // 20 characters of 5 bits, and 4 bits unused

// An id is its prefix (`a-`), and 20 characters of a-z2-7: 100 random bits, lower case, no shell metacharacters.
std::string id_text(char prefix, ByteView random);
bool is_id_text(char prefix, std::string_view text);

template <char Prefix>
class Id {
 public:
  static constexpr char kPrefix = Prefix;

  Id() = default; // empty: no id

  // `random` is kIdRandomBytes of the caller's randomness.
  static Id from_random(ByteView random) { return Id(id_text(Prefix, random)); }
  static Result<Id> parse(std::string_view text) {
    if (!is_id_text(Prefix, text))
      return fail(Errc::invalid, std::string("'") + std::string(text) + "' is no id of the form " + Prefix + "-…");
    return Id(std::string(text));
  }

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using AgentId = Id<'a'>;
using SessionId = Id<'s'>;
using JobId = Id<'j'>;
using GrantId = Id<'g'>;

// The name of an agent or tenant: [A-Za-z0-9][A-Za-z0-9._-]{0,63}, and not of an id's form.
Result<void> check_name(std::string_view name, std::string_view what);

} // namespace rs

template <char Prefix>
struct std::hash<rs::Id<Prefix>> {
  std::size_t operator()(const rs::Id<Prefix>& id) const noexcept { return std::hash<std::string>{}(id.text()); }
};
