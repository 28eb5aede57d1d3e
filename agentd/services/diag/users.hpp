#pragma once

#include "agentd/services/diag/probe.hpp"
#include "base/bytes.hpp"
#include "session/diag_messages.hpp"

namespace rs::agent::diag {

inline constexpr std::size_t kMaxLogins = 100;
inline constexpr std::size_t kMaxAccounts = 200;

// /etc/passwd; the field of the hash is not looked at.
std::vector<session::DiagAccount> parse_passwd(std::string_view text);
bool is_human(const session::DiagAccount& account);         // or root: by the number (login.defs(5): UID_MIN and UID_MAX)
std::vector<session::DiagLogin> parse_utmp(ByteView bytes); // utmp(5), records of this machine's layout
// "SESSION UID USER SEAT TTY …", as loginctl list-sessions prints it.
std::vector<session::DiagLogin> parse_sessions(std::string_view text);

Result<session::DiagUsers> read_users(const Probe& probe);

} // namespace rs::agent::diag
