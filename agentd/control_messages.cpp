#include "agentd/control_messages.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::agent::ControlRequest)
RS_CODEC(rs::agent::StatusReply)
RS_CODEC(rs::agent::EndReply)
RS_CODEC(rs::agent::TakenBackReply)
RS_CODEC(rs::agent::ControlAnswer)

namespace rs::agent {

describe::Node answer_of(const Result<describe::Node>& result) {
  ControlAnswer answer;
  if (result) answer.result = *result;
  else answer.error = ControlError{std::string(name(result.error().code)), result.error().message};
  return describe::to_node(answer);
}

Result<describe::Node> result_of(const describe::Node& answer) {
  RS_TRY(auto decoded, describe::from_node<ControlAnswer>(answer, describe::Unknown::ignore));
  if (decoded.error) return fail(errc_from_name(decoded.error->code).value_or(Errc::internal), decoded.error->message);
  if (!decoded.result) return fail(Errc::invalid, "the daemon's answer has neither result nor error");
  return std::move(*decoded.result);
}

} // namespace rs::agent
