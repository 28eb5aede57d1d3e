#pragma once

#include "describe/describe.hpp"
#include "desktop/region.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What agentd and its desktop helper say over their socket: one document each way for each request, in order, framed
// as document_stream.hpp says. With the answer to `shot` rides a descriptor: a sealed memory file that holds the PNG.
// Neither side trusts the other beyond what is checked here.
namespace rs::desktop {

inline constexpr std::uint64_t kMaxPngBytes = 512 << 20;
inline constexpr std::size_t kMaxHelperMessage = 1000; // bytes of an error's text
inline constexpr std::size_t kMaxMonitorName = 256;    // bytes

struct ShotRequest {
  std::optional<std::string> monitor;
  std::optional<Region> region; // of the monitor, or of everything
  bool cursor = true;
};
RS_DESCRIBE(ShotRequest, monitor, region, cursor)

struct HelperRequest {
  std::uint32_t id = 0;
  std::optional<ShotRequest> shot; // required while there is no other kind of work
};
RS_DESCRIBE(HelperRequest, id, shot)

struct ShotPicture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t bytes = 0; // of the PNG in the descriptor
};
RS_DESCRIBE(ShotPicture, width, height, bytes)

struct HelperError {
  Errc code = Errc::internal;
  std::string message;
};
RS_DESCRIBE(HelperError, code, message)

// Exactly one of the two.
struct HelperReply {
  std::uint32_t id = 0; // the request's
  std::optional<HelperError> error;
  std::optional<ShotPicture> picture;
};
RS_DESCRIBE(HelperReply, id, error, picture)

std::string encode(const HelperRequest& request);
std::string encode(const HelperReply& reply);

// `invalid` or `limit`: what a sane peer never says. An error's code is one that a helper may give (else it becomes
// `io`), its text is safe to show.
Result<HelperRequest> decode_request(std::string_view document);
Result<HelperReply> decode_reply(std::string_view document);

} // namespace rs::desktop
