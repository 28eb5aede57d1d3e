#include "agentd/services/screenshot.hpp"

#include "daemon/posix_error.hpp"
#include "desktop/shot_messages.hpp"

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace rs::agent {
namespace {

using session::CallPort;

constexpr std::size_t kMaxFrameData = 256 * 1024 - session::OutFrame::kBack - 1; // DATA's payload less kind and tag
constexpr int kFramesATurn = 16;                                                 // then other work of the reactor gets its turn

// One picture. port_.result() and port_.error() may destroy this, so they are always the last thing done.
class ShotCall final : public session::CallHandler {
 public:
  ShotCall(daemon::Reactor& reactor, const Clock& clock, DesktopHelpers& helpers, CallPort& port, Millis stall)
      : reactor_(reactor), clock_(clock), helpers_(helpers), port_(port), turn_(reactor), stalled_(reactor), stall_(stall) {}

  Result<void> start(const DisplaySource& source, desktop::ShotParams params);

  void on_data(std::uint8_t, session::InData data) override { port_.consumed(data.size()); }
  void on_end(std::uint8_t) override {}
  void on_writable() override { pump(); }
  void on_lost(const Error&) override { drop(); }

 private:
  void drop();
  void end(const Error& why);
  void on_candidates(const Result<std::vector<DisplayTarget>>& candidates);
  Result<void> try_next();
  void on_shot(Result<DesktopHelpers::Shot> shot);
  void refused(const Error& why);
  void pump();
  void wait_for_credit();
  Result<bool> forward_some();

  daemon::Reactor& reactor_;
  const Clock& clock_;
  DesktopHelpers& helpers_;
  CallPort& port_;
  daemon::Reactor::Timer turn_;
  daemon::Reactor::Timer stalled_;
  const Millis stall_;
  desktop::ShotParams params_;
  std::vector<DisplayTarget> candidates_;
  std::size_t next_ = 0;             // of candidates_
  std::optional<Error> why_;         // why the first of them is none
  std::shared_ptr<ShotCall*> alive_; // what the worker's answer goes to
  DesktopHelpers::Ticket ticket_;
  desktop::ShotResult result_;
  DesktopHelpers::Shot shot_;
  std::uint64_t sent_ = 0;
  std::optional<std::uint64_t> stands_at_; // of sent_, when the wait for credit began
  bool over_ = false;
};

Result<void> ShotCall::start(const DisplaySource& source, desktop::ShotParams params) {
  params_ = std::move(params);
  result_.monitor = params_.monitor;
  if (auto own = own_display(source.own, params_.display)) {
    candidates_ = {std::move(*own)};
    return try_next();
  }
  alive_ = std::make_shared<ShotCall*>(this);
  source.worker(
      [&reactor = reactor_, weak = std::weak_ptr(alive_), wanted = params_.display, read = source.read, own = source.own] {
    if (weak.expired()) return; // nobody waits any more
    reactor.post([weak, candidates = choose_display(read(own), wanted)] {
      if (const auto alive = weak.lock()) (*alive)->on_candidates(candidates);
    });
  });
  return {};
}

// Nothing is wanted any more, and nothing kept.
void ShotCall::drop() {
  over_ = true;
  alive_.reset();
  ticket_.reset();
  turn_.cancel();
  stalled_.cancel();
  shot_ = {};
}

void ShotCall::end(const Error& why) {
  drop();
  port_.error(why);
}

void ShotCall::on_candidates(const Result<std::vector<DisplayTarget>>& candidates) {
  if (!candidates) return end(candidates.error());
  candidates_ = *candidates;
  if (const auto asked = try_next(); !asked) refused(asked.error());
}

Result<void> ShotCall::try_next() {
  const auto& target = candidates_[next_++];
  result_.display = target.display;
  desktop::ShotRequest request{params_.monitor, params_.region, params_.cursor};
  RS_TRY(ticket_, helpers_.shot(target, std::move(request), [this](auto shot) { on_shot(std::move(shot)); }));
  return {};
}

// What another way in would not change.
bool is_final(Errc code) { return code == Errc::not_found || code == Errc::invalid || code == Errc::limit; }

// The first is the likeliest, so it is its reason that is told.
void ShotCall::refused(const Error& why) {
  if (is_final(why.code)) return end(why);
  if (!why_) why_ = why;
  while (next_ < candidates_.size()) {
    const auto asked = try_next();
    if (asked) return;
    if (is_final(asked.error().code)) return end(asked.error());
  }
  auto error = *why_;
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    error.message += (i == 0 ? " (as user " : ", then ") + std::to_string(candidates_[i].uid);
  error.message += ")";
  end(error);
}

void ShotCall::on_shot(Result<DesktopHelpers::Shot> shot) {
  if (!shot) return refused(shot.error());
  shot_ = std::move(*shot);
  result_.width = shot_.picture.width;
  result_.height = shot_.picture.height;
  result_.bytes = shot_.picture.bytes;
  result_.taken = clock_.wall();
  pump();
}

void ShotCall::pump() {
  if (!shot_.png || over_) return;
  for (int frames = 0; sent_ < result_.bytes; ++frames) {
    if (frames == kFramesATurn) return turn_.after(Millis{0}, [this] { pump(); });
    const auto goes_on = forward_some();
    if (!goes_on) return end(goes_on.error());
    if (!*goes_on) return wait_for_credit();
  }
  drop();
  port_.end(desktop::kShotPng);
  port_.result(describe::to_node(result_));
}

// Being told of credit is no progress, only using it is.
void ShotCall::wait_for_credit() {
  if (stands_at_ == sent_) return;
  stands_at_ = sent_;
  stalled_.after(
      stall_, [this] { end(fail(Errc::timeout, "the picture was dropped: no byte was taken for " + format_duration(stall_))); });
}

// One read into one frame. False: there is no credit; on_writable will call again.
Result<bool> ShotCall::forward_some() {
  const auto room = std::min<std::uint64_t>({port_.sendable(), kMaxFrameData, result_.bytes - sent_});
  if (room == 0) return false;
  stalled_.cancel();
  session::OutFrame frame(room);
  const auto got = ::pread(shot_.png.get(), frame.room().data(), room, static_cast<off_t>(sent_));
  if (got < 0 && errno == EINTR) return true;
  if (got < 0) return daemon::posix_error("reading the picture", errno);
  if (got == 0) return fail(Errc::io, "the picture is shorter than the desktop helper said");
  sent_ += static_cast<std::uint64_t>(got);
  port_.send(desktop::kShotPng, std::move(frame), static_cast<std::size_t>(got));
  return true;
}

Result<void> check(const desktop::ShotParams& params) {
  if (params.display) RS_CHECK(check_display(*params.display));
  if (params.monitor && (params.monitor->empty() || params.monitor->size() > desktop::kMaxMonitorName))
    return fail(Errc::invalid, "monitor: not from 1 to " + std::to_string(desktop::kMaxMonitorName) + " bytes");
  if (params.region && (params.region->width == 0 || params.region->height == 0))
    return fail(Errc::invalid, "region: a side of 0");
  return {};
}

} // namespace

DisplaySource display_source(const Environment& environment, files::Executor worker) {
  return {own_display_facts(environment), read_display_facts, std::move(worker)};
}

session::Service screenshot_service(daemon::Reactor& reactor, const Clock& clock, DesktopHelpers& helpers, DisplaySource source,
                                    Millis stall) {
  const auto start = [&reactor, &clock, &helpers, stall, source = std::move(source)](
                         const session::Caller&, const describe::Node& node,
                         CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<desktop::ShotParams>(node, describe::Unknown::ignore));
    RS_CHECK(check(params));
    auto call = std::make_unique<ShotCall>(reactor, clock, helpers, port, stall);
    RS_CHECK(call->start(source, std::move(params)));
    return std::unique_ptr<session::CallHandler>(std::move(call));
  };
  return {desktop::kShotCall, Permission::view, start};
}

} // namespace rs::agent
