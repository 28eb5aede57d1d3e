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
  ShotCall(daemon::Reactor& reactor, const Clock& clock, CallPort& port) : clock_(clock), port_(port), turn_(reactor) {}

  Result<void> start(DesktopHelpers& helpers, const DisplayTarget& target, desktop::ShotParams params);

  void on_data(std::uint8_t, session::InData data) override { port_.consumed(data.size()); }
  void on_end(std::uint8_t) override {}
  void on_writable() override { pump(); }
  void on_lost(const Error&) override {
    ticket_.reset();
    turn_.cancel();
  }

 private:
  void on_shot(Result<DesktopHelpers::Shot> shot);
  void pump();
  Result<bool> forward_some();

  const Clock& clock_;
  CallPort& port_;
  daemon::Reactor::Timer turn_;
  DesktopHelpers::Ticket ticket_;
  desktop::ShotResult result_;
  daemon::Descriptor png_;
  std::uint64_t sent_ = 0;
  bool over_ = false;
};

Result<void> ShotCall::start(DesktopHelpers& helpers, const DisplayTarget& target, desktop::ShotParams params) {
  result_.display = target.display;
  result_.monitor = params.monitor;
  desktop::ShotRequest request{std::move(params.monitor), params.region, params.cursor};
  RS_TRY(ticket_, helpers.shot(target, std::move(request), [this](auto shot) { on_shot(std::move(shot)); }));
  return {};
}

void ShotCall::on_shot(Result<DesktopHelpers::Shot> shot) {
  over_ = !shot;
  if (!shot) return port_.error(shot.error());
  result_.width = shot->picture.width;
  result_.height = shot->picture.height;
  result_.bytes = shot->picture.bytes;
  result_.taken = clock_.wall();
  png_ = std::move(shot->png);
  pump();
}

void ShotCall::pump() {
  if (!png_ || over_) return;
  for (int frames = 0; sent_ < result_.bytes; ++frames) {
    if (frames == kFramesATurn) return turn_.after(Millis{0}, [this] { pump(); });
    const auto goes_on = forward_some();
    over_ = !goes_on;
    if (!goes_on) return port_.error(goes_on.error());
    if (!*goes_on) return;
  }
  over_ = true;
  port_.end(desktop::kShotPng);
  port_.result(describe::to_node(result_));
}

// One read into one frame. False: there is no credit; on_writable will call again.
Result<bool> ShotCall::forward_some() {
  const auto room = std::min<std::uint64_t>({port_.sendable(), kMaxFrameData, result_.bytes - sent_});
  if (room == 0) return false;
  session::OutFrame frame(room);
  const auto got = ::pread(png_.get(), frame.room().data(), room, static_cast<off_t>(sent_));
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

session::Service screenshot_service(daemon::Reactor& reactor, const Clock& clock, DesktopHelpers& helpers,
                                    std::function<DisplayFacts()> facts) {
  const auto start = [&reactor, &clock, &helpers, facts = std::move(facts)](
                         const session::Caller&, const describe::Node& node,
                         CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<desktop::ShotParams>(node, describe::Unknown::ignore));
    RS_CHECK(check(params));
    RS_TRY(const auto target, choose_display(facts(), params.display));
    auto call = std::make_unique<ShotCall>(reactor, clock, port);
    RS_CHECK(call->start(helpers, target, std::move(params)));
    return std::unique_ptr<session::CallHandler>(std::move(call));
  };
  return {desktop::kShotCall, Permission::view, start};
}

} // namespace rs::agent
