#include "wire/messages.hpp"

#include "describe/codec_impl.hpp"
#include "wire/limits.hpp"

RS_CODEC(rs::wire::Control)
RS_CODEC(rs::wire::OpenBody)
RS_CODEC(rs::wire::CloseBody)

namespace rs::wire {

Errc to_errc(RelayCode code) {
  switch (code) {
    case RelayCode::agent_offline: return Errc::agent_offline;
    case RelayCode::not_found: return Errc::not_found;
    case RelayCode::sign_in: return Errc::sign_in;
    case RelayCode::audit_unavailable: return Errc::audit_unavailable;
    case RelayCode::limit: return Errc::limit;
    case RelayCode::clone: return Errc::conflict;
    case RelayCode::forbidden: // `forbidden` is what an agent's policy says, inside the seal
    case RelayCode::done:
    case RelayCode::protocol:
    case RelayCode::credit:
    case RelayCode::peer_gone:
    case RelayCode::shutting_down: return Errc::connection_lost;
  }
  return Errc::connection_lost;
}

Result<Control> parse_control(std::string_view json) {
  RS_TRY(Control control, describe::from_json<Control>(json, describe::Unknown::ignore));
  const int members = control.challenge.has_value() + control.hello.has_value() + control.welcome.has_value() +
                      control.resolve.has_value() + control.resolved.has_value() + control.goaway.has_value() +
                      control.error.has_value();
  if (members != 1) return fail(Errc::invalid, "CONTROL: " + std::to_string(members) + " messages, expected one");
  if (control.resolve && control.resolve->target.size() > kMaxTarget)
    return fail(Errc::limit, "resolve.target of " + std::to_string(control.resolve->target.size()) + " bytes, at most " +
                                 std::to_string(kMaxTarget));
  return control;
}

} // namespace rs::wire
