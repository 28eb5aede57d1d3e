#include "agentd/services/desktop_helper.hpp"

#include "base/log.hpp"
#include "daemon/posix_error.hpp"
#include "desktop/document_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>

namespace rs::agent {
namespace {

namespace asio = boost::asio;
using Waited = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

constexpr Logger log("desktop");
constexpr std::size_t kReadBytes = 16 << 10;
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

struct Piece {
  std::size_t size = 0; // 0 without `blocked`: the end
  bool blocked = false;
  daemon::Descriptor descriptor; // that came beside the bytes
};

Result<Piece> receive(int socket, MutableBytes room) {
  iovec part{room.data(), room.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = CMSG_LEN(sizeof(int)); // one descriptor, and no second in the padding
  const auto got = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Piece{0, true, {}};
  if (got < 0 && errno == ECONNRESET) return Piece{}; // it died with a request unread
  if (got < 0) return daemon::posix_error("reading from the desktop helper", errno);
  Piece piece{static_cast<std::size_t>(got), false, {}};
  const auto* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
      rights->cmsg_len == CMSG_LEN(sizeof(int))) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
    piece.descriptor = daemon::Descriptor(descriptor);
  }
  if ((header.msg_flags & MSG_CTRUNC) != 0) return fail(Errc::io, "the desktop helper sent more than one descriptor");
  return piece;
}

// Only memory has seals, so reading it never blocks; and what has them cannot change under us.
Result<void> check_png(int descriptor, std::uint64_t bytes) {
  struct stat info{};
  if (descriptor < 0 || (::fcntl(descriptor, F_GET_SEALS) & kSeals) != kSeals || ::fstat(descriptor, &info) != 0)
    return fail(Errc::io, "the desktop helper sent no sealed picture");
  if (static_cast<std::uint64_t>(info.st_size) != bytes)
    return fail(Errc::io, "the desktop helper's picture has not the size that it says");
  return {};
}

} // namespace

struct DesktopHelpers::Request {
  std::uint32_t id = 0;
  desktop::ShotRequest shot;
  Done done;
};

struct DesktopHelpers::Held {
  std::size_t pictures = 0;
  std::uint64_t bytes = 0;

  // A share that ends with what is returned, which may outlive the helpers.
  static Result<std::shared_ptr<void>> take(const std::shared_ptr<Held>& held, std::uint64_t size) {
    if (held->pictures >= kMaxHeld || size > kMaxHeldBytes - held->bytes)
      return fail(Errc::limit, "screenshots: " + std::to_string(held->pictures) + " that nobody has fetched yet, " +
                                   std::to_string(held->bytes) + " bytes, and this one of " + std::to_string(size) +
                                   "; at most " + std::to_string(kMaxHeld) + " and " + std::to_string(kMaxHeldBytes) + " bytes");
    ++held->pictures;
    held->bytes += size;
    return std::shared_ptr<void>(nullptr, [held, size](void*) {
      --held->pictures;
      held->bytes -= size;
    });
  }
};

// One process and what waits for it. The waits in the reactor hold it weakly.
class DesktopHelpers::Helper : public std::enable_shared_from_this<Helper> {
 public:
  Helper(daemon::Reactor& reactor, const Settings& settings, std::shared_ptr<Held> held, DisplayTarget target,
         std::unique_ptr<DesktopProcess> process, std::function<void()> on_ended)
      : settings_(settings), held_(std::move(held)), target_(std::move(target)), process_(std::move(process)),
        socket_(reactor.context(), process_->take_socket().release()), timer_(reactor), on_ended_(std::move(on_ended)) {}

  void start() { wait_readable(); }
  pid_t pid() const { return process_->pid(); }
  std::size_t waiting() const { return queue_.size(); }
  void add(std::weak_ptr<Request> request) {
    queue_.push_back(std::move(request));
    if (!busy_) send_next();
  }
  std::deque<std::weak_ptr<Request>> take_queue() { return std::move(queue_); }

 private:
  void wait_readable();
  void on_readable();
  Result<void> read_all();
  Result<void> read_documents();
  Result<void> on_reply(const desktop::HelperReply& reply);
  void send_next();
  void end_after(Millis delay, Error why);
  Result<void> send(const Request& request);
  void answer(Result<Shot> result);
  void end(const Error& why);
  std::string name() const { return "the desktop helper of display " + target_.display; }

  const Settings& settings_;
  const std::shared_ptr<Held> held_;
  const DisplayTarget target_;
  std::unique_ptr<DesktopProcess> process_;
  Waited socket_;
  daemon::Reactor::Timer timer_; // for the answer, or of idleness
  std::function<void()> on_ended_;
  desktop::DocumentReader reader_;
  daemon::Descriptor descriptor_; // that came and belongs to the next picture
  std::deque<std::weak_ptr<Request>> queue_;
  std::weak_ptr<Request> asked_;
  std::uint32_t asked_id_ = 0;
  bool busy_ = false; // asked, and not yet answered
  bool ended_ = false;
};

void DesktopHelpers::Helper::wait_readable() {
  socket_.async_wait(Waited::wait_read, [weak = weak_from_this()](boost::system::error_code error) {
    if (const auto self = weak.lock(); self && !error) self->on_readable();
  });
}

void DesktopHelpers::Helper::on_readable() {
  const auto self = shared_from_this(); // an answer may lead to our end
  if (const auto read = read_all(); !read) return end(read.error());
  if (!ended_) wait_readable();
}

Result<void> DesktopHelpers::Helper::read_all() {
  std::array<std::uint8_t, kReadBytes> room;
  for (;;) {
    RS_TRY(auto piece, receive(socket_.native_handle(), room));
    if (piece.blocked) return {};
    if (piece.size == 0) return fail(Errc::io, name() + " has ended");
    if (piece.descriptor && descriptor_) return fail(Errc::io, name() + " sent a descriptor that nobody asked for");
    if (piece.descriptor) descriptor_ = std::move(piece.descriptor);
    reader_.push(ByteView(room).first(piece.size));
    RS_CHECK(read_documents());
  }
}

Result<void> DesktopHelpers::Helper::read_documents() {
  for (;;) {
    auto document = reader_.next();
    if (!document) return fail(Errc::io, name() + " sent nonsense: " + document.error().message);
    if (!*document) return {};
    auto reply = desktop::decode_reply(**document);
    if (!reply) return fail(Errc::io, name() + " sent nonsense: " + reply.error().message);
    RS_CHECK(on_reply(*reply));
  }
}

Result<void> DesktopHelpers::Helper::on_reply(const desktop::HelperReply& reply) {
  if (!busy_ || reply.id != asked_id_) return fail(Errc::io, name() + " answers what it was not asked");
  auto png = std::exchange(descriptor_, {});
  // Its desktop has gone, and it is about to go too: what comes next needs another helper.
  if (reply.error && reply.error->code == Errc::io) return fail(Errc::io, reply.error->message);
  if (reply.error) {
    answer(fail(reply.error->code, reply.error->message));
  } else {
    RS_CHECK(check_png(png.get(), reply.picture->bytes));
    auto held = Held::take(held_, reply.picture->bytes);
    if (held) answer(Shot{*reply.picture, std::move(png), std::move(*held)});
    else answer(held.error());
  }
  send_next();
  return {};
}

void DesktopHelpers::Helper::send_next() {
  timer_.cancel();
  while (!queue_.empty()) {
    asked_ = std::move(queue_.front());
    queue_.pop_front();
    const auto request = asked_.lock();
    if (!request) continue; // nobody wants it any more
    busy_ = true;
    asked_id_ = request->id;
    const auto sent = send(*request);
    if (!sent) return end_after(Millis{0}, sent.error());
    const auto within = settings_.answer_within;
    return end_after(within, fail(Errc::io, name() + " did not answer within " + format_duration(within)));
  }
  end_after(settings_.keep_idle, fail(Errc::io, "idle"));
}

// From the reactor, never from inside a call of ours.
void DesktopHelpers::Helper::end_after(Millis delay, Error why) {
  timer_.after(delay, [weak = weak_from_this(), why = std::move(why)] {
    if (const auto self = weak.lock()) self->end(why);
  });
}

// One request is under way at a time, so the socket has room for it.
Result<void> DesktopHelpers::Helper::send(const Request& request) {
  const auto framed = desktop::frame_document(desktop::encode(desktop::HelperRequest{request.id, request.shot}));
  const auto sent = ::send(socket_.native_handle(), framed.data(), framed.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(framed.size())) return {};
  return fail(Errc::io, name() + " has ended");
}

void DesktopHelpers::Helper::answer(Result<Shot> result) {
  busy_ = false;
  const auto request = asked_.lock();
  asked_.reset();
  if (request) request->done(std::move(result));
}

// Whom it was to answer hears why; who waits gets another helper.
void DesktopHelpers::Helper::end(const Error& why) {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  if (busy_) log.warning("helper-ended", {{"display", target_.display}, {"reason", why.message}});
  timer_.cancel();
  process_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  const bool was_busy = busy_;
  on_ended_();
  if (was_busy) answer(why);
}

DesktopHelpers::DesktopHelpers(daemon::Reactor& reactor, Settings settings)
    : reactor_(reactor), settings_(std::move(settings)), held_(std::make_shared<Held>()) {}
DesktopHelpers::~DesktopHelpers() = default;

Result<DesktopHelpers::Helper*> DesktopHelpers::helper_for(const DisplayTarget& target) {
  auto& helper = helpers_[key_of(target)];
  if (helper) return helper.get();
  const auto start = [&]() -> Result<std::unique_ptr<DesktopProcess>> {
    if (!settings_.program.empty()) return DesktopProcess::start(reactor_, settings_.program, target);
    RS_TRY(const auto program, find_desktop_program());
    return DesktopProcess::start(reactor_, program, target);
  };
  auto process = start();
  if (!process) {
    helpers_.erase(key_of(target));
    return process.error();
  }
  helper =
      std::make_shared<Helper>(reactor_, settings_, held_, target, std::move(*process), [this, target] { on_ended(target); });
  helper->start();
  return helper.get();
}

void DesktopHelpers::on_ended(const DisplayTarget& target) {
  const auto gone = helpers_.extract(key_of(target));
  if (gone.empty()) return;
  for (const auto& waiting : gone.mapped()->take_queue()) {
    const auto request = waiting.lock();
    if (!request) continue;
    if (const auto helper = helper_for(target)) (*helper)->add(request);
    else request->done(helper.error());
  }
}

Result<DesktopHelpers::Ticket> DesktopHelpers::shot(const DisplayTarget& target, desktop::ShotRequest request, Done done) {
  RS_TRY(auto* const helper, helper_for(target));
  if (helper->waiting() >= kMaxWaiting)
    return fail(Errc::limit,
                "display " + target.display + ": " + std::to_string(kMaxWaiting) + " pictures are waited for already");
  auto ticket = std::make_shared<Request>(Request{++last_id_, std::move(request), std::move(done)});
  helper->add(ticket);
  return Ticket(std::move(ticket));
}

std::vector<pid_t> DesktopHelpers::running() const {
  std::vector<pid_t> pids;
  for (const auto& [key, helper] : helpers_) pids.push_back(helper->pid());
  return pids;
}

} // namespace rs::agent
