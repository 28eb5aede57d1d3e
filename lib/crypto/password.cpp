#include "crypto/password.hpp"

#include "base/assert.hpp"

#include <argon2.h>

#include <array>
#include <charconv>
#include <optional>

namespace rs::crypto {
namespace {

struct Cost {
  std::uint32_t kib;
  std::uint32_t passes;
  std::uint32_t lanes;
  friend bool operator==(const Cost&, const Cost&) = default;
};

constexpr Cost kCost{19 * 1024, 2, 1};
// A stored hash that asks for more is damaged, and would stop the server.
constexpr Cost kMostCost{256 * 1024, 16, 4};
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

bool take(std::string_view& text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<Cost> cost_of(std::string_view phc) {
  Cost cost{};
  const bool good = take(phc, "$argon2id$v=19$m=") && take(phc, cost.kib) && take(phc, ",t=") && take(phc, cost.passes) &&
                    take(phc, ",p=") && take(phc, cost.lanes) && take(phc, "$");
  if (!good || cost.kib > kMostCost.kib || cost.passes > kMostCost.passes || cost.lanes > kMostCost.lanes) return std::nullopt;
  return cost;
}

} // namespace

std::string hash_password(std::string_view password, Random& random) {
  const auto salt = random.array<kSaltBytes>();
  std::array<char, 128> text{};
  const int error = argon2id_hash_encoded(kCost.passes, kCost.kib, kCost.lanes, password.data(), password.size(), salt.data(),
                                          salt.size(), kHashBytes, text.data(), text.size());
  RS_ASSERT(error == ARGON2_OK);
  return text.data();
}

Result<bool> verify_password(std::string_view password, const std::string& phc) {
  if (!cost_of(phc)) return fail(Errc::internal, "a stored password hash is no argon2id string within the limits");
  const int error = argon2id_verify(phc.c_str(), password.data(), password.size());
  if (error == ARGON2_OK) return true;
  if (error == ARGON2_VERIFY_MISMATCH) return false;
  return fail(Errc::internal, std::string("a stored password hash: ") + argon2_error_message(error));
}

bool needs_rehash(const std::string& phc) { return cost_of(phc) != kCost; }

} // namespace rs::crypto
