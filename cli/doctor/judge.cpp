#include "cli/doctor/judge.hpp"

#include "base/joined.hpp"
#include "net/http_date.hpp"
#include "sealed/chain.hpp"

#include <algorithm>
#include <filesystem>

namespace rs::cli::doctor {
namespace {

constexpr std::chrono::seconds kNoticeable{60};

std::string trust_of_chain(const net::ServerIdentity& server) {
  return server.chain_ok ? "publicly trusted" : "not publicly trusted: " + server.chain_error;
}

bool is_private(const std::filesystem::path& path) {
  using std::filesystem::perms;
  std::error_code failed;
  const auto mode = std::filesystem::status(path, failed).permissions();
  return failed || (mode & (perms::group_all | perms::others_all)) == perms::none;
}

} // namespace

Hop judge_clock(WallTime here, std::string_view date) {
  if (date.empty()) return skipped("clock", "the relay does not tell its time");
  const auto there = net::parse_http_date(date);
  if (!there) return skipped("clock", "the relay's Date header cannot be read");
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(here - *there); // the header has whole seconds
  const auto distance = std::chrono::abs(ahead);
  const auto detail = distance <= std::chrono::seconds(1)
                          ? std::string("the same as the relay's")
                          : format_duration(distance) + (ahead.count() > 0 ? " ahead of" : " behind") + " the relay's";
  const std::string advice = "set this machine's clock, or the relay's; five minutes are tolerated";
  if (distance > std::chrono::seconds(sealed::kClockTolerance))
    return failed("clock", fail(Errc::clock_skew, detail + " (here " + to_rfc3339(here) + ", there " + to_rfc3339(*there) + ")"),
                  advice);
  return distance > kNoticeable ? warning("clock", detail, advice) : good("clock", detail);
}

bool names_key(const std::vector<Bytes>& keys, const net::ServerIdentity& server) {
  return std::ranges::any_of(keys, [&](const Bytes& key) { return std::ranges::equal(key, server.spki_sha256); });
}

Hop judge_certificate(const net::ServerIdentity& server, const std::optional<Result<std::vector<Bytes>>>& keys) {
  const auto seen = "issued by " + (server.issuer.empty() ? "nobody" : server.issuer) + ", " + trust_of_chain(server) +
                    ", SHA-256 of its key " + hex(server.spki_sha256);
  if (!keys) {
    if (server.chain_ok) return good("certificate", seen);
    return warning("certificate", seen, "sign in with --fingerprint, as 'relayd init' printed it");
  }
  if (!*keys) return skipped("certificate", "the relay's statement is not good; " + seen);
  std::vector<std::string> shown;
  for (const auto& key : **keys) shown.push_back(hex(key));
  const auto expected = shown.empty() ? "no key" : joined(shown);
  if (names_key(**keys, server)) return good("certificate", seen + "; the relay's statement names it: " + expected);
  const std::string what = server.chain_ok ? "a publicly trusted server that the relay does not know answers here"
                                           : "it smells of a proxy that opens TLS";
  const auto why = seen + "; the relay's own statement does not name this key but " + expected + ": " + what;
  return failed(
      "certificate", fail(Errc::server_identity, why),
      "reach the relay without that proxy (NO_PROXY), or ask its operator whether the TLS certificate has just changed");
}

Hop judge_key_files(const std::string& profile_directory) {
  const std::filesystem::path directory(profile_directory);
  std::error_code failed_to_look;
  if (!std::filesystem::exists(directory, failed_to_look)) return skipped("keys", "none yet: nobody has signed in");
  for (const auto& path : {directory, directory / "device.json", directory / "state.json"}) {
    if (!is_private(path))
      return warning("keys", path.string() + " is open to other users",
                     "chmod go= '" + path.string() + "'; if others use this machine, sign out and in again with a new profile");
  }
  if (!std::filesystem::exists(directory / "device.json", failed_to_look))
    return skipped("keys", "none yet: nobody has signed in");
  return good("keys", directory.string() + " is its owner's alone");
}

} // namespace rs::cli::doctor
