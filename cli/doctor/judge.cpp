#include "cli/doctor/judge.hpp"

#include "sealed/chain.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace rs::cli::doctor {
namespace {

constexpr std::chrono::seconds kNoticeable{60};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two_digits(std::size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

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

Result<WallTime> parse_http_date(std::string_view text) {
  // Tue, 24 Nov 2026 08:30:00 GMT
  if (text.size() != 29 || !text.ends_with(" GMT")) return fail(Errc::invalid, "no HTTP date");
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  if (month == std::end(kMonths)) return fail(Errc::invalid, "no HTTP date");
  const auto number = static_cast<std::size_t>(month - std::begin(kMonths)) + 1;
  return from_rfc3339(std::string(text.substr(12, 4)) + "-" + two_digits(number) + "-" + std::string(text.substr(5, 2)) + "T" +
                      std::string(text.substr(17, 8)) + "Z");
}

Hop judge_clock(WallTime here, std::string_view date) {
  if (date.empty()) return skipped("clock", "the relay does not tell its time");
  const auto there = parse_http_date(date);
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

Hop judge_certificate(const net::ServerIdentity& server, const std::optional<Result<bool>>& names_key) {
  const auto seen = "issued by " + (server.issuer.empty() ? "nobody" : server.issuer) + ", " + trust_of_chain(server);
  if (!names_key) {
    if (server.chain_ok) return good("certificate", seen);
    return warning("certificate", seen, "sign in with --fingerprint, as 'relayd init' printed it");
  }
  if (!*names_key) return skipped("certificate", "the relay's statement is not good; " + seen);
  if (**names_key) return good("certificate", seen + "; the relay's statement names its key");
  const std::string what = server.chain_ok ? "a publicly trusted server that the relay does not know answers here"
                                           : "it smells of a proxy that opens TLS";
  return failed(
      "certificate", fail(Errc::server_identity, seen + "; the relay's own statement does not name this key: " + what),
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
