#include "agentd/services/diag/users.hpp"

#include "agentd/services/diag/scan.hpp"
#include "daemon/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <utmp.h>
#include <algorithm>
#include <cstring>

namespace rs::agent::diag {
namespace {

constexpr std::uint32_t kFirstHuman = 1000;
constexpr std::uint32_t kLastHuman = 60'000;

template <std::size_t N>
std::string field(const char (&bytes)[N]) {
  return short_text(std::string_view(bytes, ::strnlen(bytes, N)));
}

// A sparse file with a record at each user's number (lastlog(8)).
void add_last_logins(std::vector<session::DiagAccount>& accounts) {
  const daemon::Descriptor file(::open("/var/log/lastlog", O_RDONLY | O_CLOEXEC));
  for (auto& account : accounts) {
    lastlog record{};
    const auto at = static_cast<off_t>(account.uid) * static_cast<off_t>(sizeof record);
    if (!file || ::pread(file.get(), &record, sizeof record, at) != static_cast<ssize_t>(sizeof record)) continue;
    if (record.ll_time != 0) account.last_login = wall_time_of(record.ll_time);
  }
}

std::vector<session::DiagLogin> logged_in(const Probe& probe) {
  if (const auto records = read_text("/run/utmp")) return parse_utmp(as_bytes(*records));
  if (!exists("/run/systemd/system")) return {};
  const auto sessions = probe.run({"loginctl", "list-sessions", "--no-legend", "--no-pager"});
  return sessions ? parse_sessions(*sessions) : std::vector<session::DiagLogin>();
}

} // namespace

std::vector<session::DiagAccount> parse_passwd(std::string_view text) {
  constexpr std::size_t kName = 0, kUid = 2, kShell = 6;
  std::vector<session::DiagAccount> accounts;
  for (auto line : lines_of(text)) {
    std::array<std::string_view, kShell + 1> fields;
    for (auto& part : fields) std::tie(part, line) = cut_at(line, ':');
    const auto uid = number_of<std::uint32_t>(fields[kUid]);
    if (fields[kName].empty() || !uid) continue;
    accounts.push_back({short_text(fields[kName]), *uid, short_text(fields[kShell]), {}});
  }
  return accounts;
}

bool is_human(const session::DiagAccount& account) {
  return account.uid == 0 || (account.uid >= kFirstHuman && account.uid <= kLastHuman);
}

std::vector<session::DiagLogin> parse_utmp(ByteView bytes) {
  std::vector<session::DiagLogin> logins;
  for (; bytes.size() >= sizeof(utmp); bytes = bytes.subspan(sizeof(utmp))) {
    utmp record;
    std::memcpy(&record, bytes.data(), sizeof record);
    if (record.ut_type != USER_PROCESS) continue;
    session::DiagLogin login{field(record.ut_user), field(record.ut_line), {}, wall_time_of(record.ut_tv.tv_sec)};
    if (auto host = field(record.ut_host); !host.empty()) login.from = std::move(host);
    logins.push_back(std::move(login));
  }
  return logins;
}

std::vector<session::DiagLogin> parse_sessions(std::string_view text) {
  std::vector<session::DiagLogin> logins;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() >= 3) logins.push_back({short_text(words[2]), short_text(words.size() > 4 ? words[4] : ""), {}, {}});
  }
  return logins;
}

Result<session::DiagUsers> read_users(const Probe& probe) {
  const auto passwd = read_text("/etc/passwd");
  if (!passwd) return fail(Errc::unsupported, "/etc/passwd cannot be read");
  session::DiagUsers users;
  users.accounts = parse_passwd(*passwd);
  std::erase_if(users.accounts, [](const auto& account) { return !is_human(account); });
  cap(users.accounts, kMaxAccounts, users.left_out);
  add_last_logins(users.accounts);
  users.logged_in = logged_in(probe);
  cap(users.logged_in, kMaxLogins, users.left_out);
  return users;
}

} // namespace rs::agent::diag
