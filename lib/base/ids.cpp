#include "base/ids.hpp"

#include "base/assert.hpp"

namespace rs {
namespace {

constexpr std::size_t kIdChars = 20;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

} // namespace

std::string id_text(char prefix, ByteView random) {
  RS_ASSERT(random.size() == kIdRandomBytes);
  return std::string{prefix, '-'} + base32_lower(random).substr(0, kIdChars);
}

bool is_id_text(char prefix, std::string_view text) {
  if (text.size() != kIdChars + 2 || text[0] != prefix || text[1] != '-') return false;
  return text.substr(2).find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string_view::npos;
}

Result<void> check_name(std::string_view name, std::string_view what) {
  const auto bad = [&](std::string_view why) { return fail(Errc::invalid, std::string(what) + ": " + std::string(why)); };
  if (name.empty() || name.size() > 64) return bad("1 to 64 characters");
  if (!is_alnum(name[0])) return bad("begins with a letter or digit");
  for (char c : name) {
    if (!is_alnum(c) && c != '.' && c != '_' && c != '-') return bad("only letters, digits, '.', '_' and '-'");
  }
  for (char prefix : {'a', 's', 'j', 'g'}) {
    if (is_id_text(prefix, name)) return bad("has the form of an id");
  }
  return {};
}

} // namespace rs
