#include "session/messages.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::session::SessionReply)
RS_CODEC(rs::session::CallRequest)
RS_CODEC(rs::session::CallReply)
RS_CODEC(rs::session::SessionEvent)

namespace rs::session {

Error to_error(const std::string& code, const std::string& message) {
  if (const auto known = errc_from_name(code)) return fail(*known, message);
  return fail(Errc::internal, code + ": " + message);
}

} // namespace rs::session
