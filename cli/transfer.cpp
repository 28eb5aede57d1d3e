#include "cli/transfer.hpp"

#include "cli/progress_display.hpp"
#include "describe/codec.hpp"

namespace rs::cli {
namespace {

constexpr Millis kGiveUpAfter{60'000}; // without a byte of progress
constexpr Millis kFirstPause{200};
constexpr Millis kLongestPause{5'000};

// What another attempt may cure. A `conflict` of a later one is the attempt before it, which nobody has told yet that its
// connection is gone: the relay finds that out within 45 s.
bool is_cut(Errc code, unsigned attempts) {
  if (attempts > 1 && code == Errc::conflict) return true;
  return code == Errc::connection_lost || code == Errc::relay_unreachable || code == Errc::agent_offline;
}

// One attempt: one link, one call, one worker.
class Attempt final : public session::CallObserver {
 public:
  Attempt(Context& context, const TransferPlan& plan, files::Placement placement, files::Progress& progress,
          ProgressDisplay& display)
      : plan_(plan), placement_(placement), progress_(progress), display_(display), call_(context, plan.spec(placement), *this),
        tick_(call_.reactor()), workers_("files", 1) {}
  ~Attempt() { stop_pumps(); }

  Result<TransferOutcome> run() {
    tick();
    auto ran = call_.run();
    if (ran && failed_) ran = *failed_;
    if (ran) return std::move(outcome_);
    stop_pumps();
    if (plan_.pipe) plan_.pipe->cancel(); // a worker may wait for it
    call_.cancel();
    return ran.error();
  }

 private:
  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t kind, session::InData data) override {
    if (receive_ && kind != files::kReplyStream) receive_->on_data(kind, std::move(data));
    else if (send_ && kind == files::kReplyStream) send_->on_reply(std::move(data));
    else call_.port()->consumed(data.size());
  }
  void on_end(std::uint8_t kind) override {
    if (receive_ && kind == files::kPlainStream) receive_->on_end();
  }
  // The agent has taken the call; after a stale certificate that is another call.
  void on_writable() override {
    if (started_ != call_.attempt()) start();
    else if (send_) send_->on_writable();
    else receive_->on_writable();
  }

  void start() {
    started_ = call_.attempt();
    stop_pumps();
    auto home = [&reactor = call_.reactor()](std::function<void()> task) { reactor.post(std::move(task)); };
    const files::PumpPlaces places{workers_.strand(), std::move(home), [this] { call_.wake(); }};
    if (plan_.open_sender) {
      send_ = std::make_shared<files::SendPump>([this] { return plan_.open_sender(progress_); }, places,
                                                [this](const Result<void>& how) { sent(how); });
      send_->start(*call_.port());
    } else {
      receive_ = std::make_shared<files::ReceivePump>(plan_.make_sink(progress_, placement_), places,
                                                      [this](const Result<void>& how) { received(how); });
      receive_->start(*call_.port());
    }
  }

  void sent(const Result<void>& how) {
    if (!how) return give_up(how.error());
    outcome_.local = send_->counts();
    finish_when_whole();
  }
  void received(const Result<void>& how) {
    if (!how) return give_up(how.error());
    received_ = true;
    finish_when_whole();
  }
  void on_result(describe::Node document) override {
    if (send_) send_->stop();
    if (receive_) receive_->detach();
    auto counts = describe::from_node<files::TransferCounts>(document, describe::Unknown::ignore);
    if (!counts) return give_up(within("result", counts.error()));
    outcome_.agent = std::move(*counts);
    has_result_ = true;
    finish_when_whole();
  }
  void on_error(const Error& error, const describe::Node&) override { give_up(error); }

  void finish_when_whole() {
    if (has_result_ && (receive_ ? received_ : outcome_.local.has_value())) call_.finish();
  }
  void give_up(const Error& why) {
    if (!failed_) failed_ = why;
    stop_pumps();
    call_.finish();
  }
  void stop_pumps() {
    if (send_) send_->stop();
    if (receive_) receive_->stop();
  }
  void tick() {
    display_.show();
    tick_.after(display_.interval(), [this] { tick(); });
  }

  const TransferPlan& plan_;
  files::Placement placement_;
  files::Progress& progress_;
  ProgressDisplay& display_;
  AgentCall call_;
  daemon::Reactor::Timer tick_;
  std::shared_ptr<files::SendPump> send_;
  std::shared_ptr<files::ReceivePump> receive_;
  unsigned started_ = 0;
  bool received_ = false;
  bool has_result_ = false;
  std::optional<Error> failed_;
  TransferOutcome outcome_;
  files::WorkerPool workers_; // last: its tasks use all of the above
};

Result<void> pause(Context& context, Millis time) {
  Loop loop(context.timeout);
  bool over = false;
  daemon::Reactor::Timer timer(loop.reactor());
  timer.after(time, [&over] { over = true; });
  return loop.run_until(over);
}

// Attempts share the command's time.
class Deadline {
 public:
  explicit Deadline(Context& context) : context_(context), given_(context.timeout), begun_(context.clock.boot()) {}
  void before_attempt() {
    if (given_) context_.timeout = std::max(Millis{1}, *given_ - (context_.clock.boot() - begun_));
  }

 private:
  Context& context_;
  std::optional<Millis> given_;
  BootTime begun_;
};

} // namespace

Result<void> run_transfer(Context& context, const TransferPlan& plan, TransferOutcome& outcome) {
  Deadline deadline(context);
  ProgressDisplay display(context, plan.shown, plan.shows_progress);
  auto placement = files::Placement::unknown;
  auto last_progress = context.clock.boot();
  std::uint64_t best = 0;
  Millis wait = kFirstPause;
  for (outcome.attempts = 1;; ++outcome.attempts) {
    files::Progress progress;
    display.watch(progress);
    auto attempt = Attempt(context, plan, placement, progress, display).run();
    display.clear();
    outcome.moved += progress.moved;
    if (attempt) {
      outcome.agent = std::move(attempt->agent);
      outcome.local = std::move(attempt->local);
      return {};
    }
    if (progress.placement != files::Placement::unknown) placement = progress.placement;
    if (progress.bytes > best) {
      best = progress.bytes;
      last_progress = context.clock.boot();
      wait = kFirstPause;
    }
    // What never began is no cut.
    if (!plan.resumable || best == 0 || !is_cut(attempt.error().code, outcome.attempts)) return attempt.error();
    if (context.clock.boot() - last_progress > kGiveUpAfter) return attempt.error();
    context.output.note("connection lost after " + format_bytes(progress.bytes) + "; connecting again");
    deadline.before_attempt();
    RS_CHECK(pause(context, wait));
    wait = std::min(wait * 2, kLongestPause);
    deadline.before_attempt();
  }
}

} // namespace rs::cli
