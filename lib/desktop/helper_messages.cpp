#include "desktop/helper_messages.hpp"

#include "base/os_string.hpp"
#include "describe/codec_impl.hpp"
#include "desktop/desktop.hpp"

#include <algorithm>

RS_CODEC(rs::desktop::HelperRequest)
RS_CODEC(rs::desktop::HelperReply)

namespace rs::desktop {
namespace {

constexpr Errc kErrorsOfAHelper[] = {Errc::unsupported, Errc::invalid,  Errc::not_found, Errc::io,
                                     Errc::limit,       Errc::no_space, Errc::permission};

Result<void> check(const ShotPicture& picture) {
  if (picture.width == 0 || picture.width > kMaxSide) return fail(Errc::limit, "picture.width: not from 1 to 32767");
  if (picture.height == 0 || picture.height > kMaxSide) return fail(Errc::limit, "picture.height: not from 1 to 32767");
  if (std::uint64_t{picture.width} * picture.height > kMaxPixels)
    return fail(Errc::limit, "picture: more than " + std::to_string(kMaxPixels) + " pixels");
  if (picture.bytes == 0 || picture.bytes > kMaxPngBytes)
    return fail(Errc::limit, "picture.bytes: not from 1 to " + std::to_string(kMaxPngBytes));
  return {};
}

HelperError safe(HelperError error) {
  if (std::ranges::find(kErrorsOfAHelper, error.code) == std::end(kErrorsOfAHelper)) error.code = Errc::io;
  error.message.resize(std::min(error.message.size(), kMaxHelperMessage));
  error.message = escape_for_display(error.message);
  return error;
}

} // namespace

std::string encode(const HelperRequest& request) { return describe::to_json(request); }
std::string encode(const HelperReply& reply) { return describe::to_json(reply); }

Result<HelperRequest> decode_request(std::string_view document) {
  RS_TRY(auto request, describe::from_json<HelperRequest>(document, describe::Unknown::ignore));
  if (!request.shot) return fail(Errc::invalid, "shot: missing");
  if (request.shot->monitor && request.shot->monitor->size() > kMaxMonitorName)
    return fail(Errc::limit, "shot.monitor: more than " + std::to_string(kMaxMonitorName) + " bytes");
  return request;
}

Result<HelperReply> decode_reply(std::string_view document) {
  RS_TRY(auto reply, describe::from_json<HelperReply>(document, describe::Unknown::ignore));
  if (reply.error.has_value() == reply.picture.has_value()) return fail(Errc::invalid, "neither or both of error and picture");
  if (reply.picture) RS_CHECK(check(*reply.picture));
  if (reply.error) reply.error = safe(std::move(*reply.error));
  return reply;
}

} // namespace rs::desktop
