#include "agentd/desktop/helper_server.hpp"

#include "agentd/desktop/png_file.hpp"
#include "agentd/desktop/shot.hpp"
#include "daemon/posix_error.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace rs::desktop {
namespace {

constexpr std::size_t kReadBytes = 16 << 10;

// All of it, with the descriptor (-1: none) beside the first byte.
Result<void> send_reply(int socket, const HelperReply& reply, int descriptor) {
  auto framed = frame_document(encode(reply));
  MutableBytes rest(framed);
  while (!rest.empty()) {
    iovec part{rest.data(), rest.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (descriptor >= 0) {
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      auto* rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof descriptor);
      std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    const auto sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return daemon::posix_error("answering agentd", errno);
    rest = rest.subspan(static_cast<std::size_t>(sent));
    descriptor = -1;
  }
  return {};
}

Result<ShotPicture> shot_into(PngFile& file, Desktop& desktop, const ShotRequest& request) {
  RS_TRY(auto picture, take_shot(desktop, request, [&](ByteView bytes) { return file.append(bytes); }));
  RS_CHECK(file.seal());
  picture.bytes = file.size();
  return picture;
}

} // namespace

Result<Desktop*> HelperServer::desktop() {
  if (!desktop_) {
    RS_TRY(desktop_, open_());
  }
  return desktop_.get();
}

// False: there is nothing left to do.
Result<bool> HelperServer::wait() {
  if (desktop_ && !desktop_->is_alive()) return false; // a connection that has failed has no descriptor to wait for
  std::array<pollfd, 2> waited{pollfd{socket_, POLLIN, 0}, pollfd{desktop_ ? desktop_->descriptor() : -1, POLLIN, 0}};
  while (::poll(waited.data(), waited.size(), -1) < 0) {
    if (errno != EINTR) return daemon::posix_error("poll", errno);
  }
  if (desktop_ && !desktop_->is_alive()) return false;
  if (waited[0].revents == 0) return true;
  std::array<std::uint8_t, kReadBytes> room;
  const auto got = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got < 0) return daemon::posix_error("reading from agentd", errno);
  reader_.push(ByteView(room).first(static_cast<std::size_t>(got)));
  return got != 0;
}

Result<void> HelperServer::answer(const HelperRequest& request) {
  HelperReply reply;
  reply.id = request.id;
  auto file = PngFile::make();
  const auto opened = desktop();
  Result<ShotPicture> picture = !file     ? Result<ShotPicture>(file.error())
                                : !opened ? Result<ShotPicture>(opened.error())
                                          : shot_into(*file, **opened, *request.shot);
  if (!picture) {
    reply.error = HelperError{picture.error().code, picture.error().message};
    return send_reply(socket_, reply, -1);
  }
  reply.picture = *picture;
  return send_reply(socket_, reply, file->descriptor());
}

Result<void> HelperServer::run() {
  for (;;) {
    RS_TRY(const bool goes_on, wait());
    if (!goes_on) return {};
    for (;;) {
      RS_TRY(const auto document, reader_.next());
      if (!document) break;
      RS_TRY(const auto request, decode_request(*document));
      RS_CHECK(answer(request));
    }
  }
}

} // namespace rs::desktop
