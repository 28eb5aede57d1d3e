#include "agentd/services/diag.hpp"

#include "agentd/services/diag/sections.hpp"

#include <algorithm>

namespace rs::agent {
namespace {

using session::CallPort;
using session::DiagReport;
using session::DiagSection;

constexpr auto kRows = describe::kEnumRows<DiagSection>;

// One of each, in the order of the report; those that wait for a program last, so that a slow one costs no other.
std::vector<DiagSection> in_order(const std::vector<DiagSection>& asked) {
  std::vector<DiagSection> sections;
  for (const auto& row : kRows) {
    if (asked.empty() || std::ranges::find(asked, row.value) != asked.end()) sections.push_back(row.value);
  }
  return sections;
}

// One call: it is answered when every section is there, or when its time is over with those that are.
class DiagCall final : public session::CallHandler {
 public:
  DiagCall(DiagWorker& worker, CallPort& port) : worker_(worker), port_(port), timer_(worker.reactor()) {}
  ~DiagCall() override { leave(); }

  Result<void> start(const session::DiagParams& params) {
    asker_ = std::make_shared<DiagWorker::Asker>();
    asker_->sections = in_order(*params.sections);
    open_ = asker_->sections;
    asker_->deliver = [this](DiagReport part) { take(std::move(part)); };
    RS_CHECK(worker_.ask(asker_));
    timer_.after(session::kDiagTime, [this] { answer(); });
    return {};
  }

  void on_data(std::uint8_t, session::InData data) override { port_.consumed(data.size()); }
  void on_end(std::uint8_t) override {}
  void on_writable() override {}
  void on_lost(const Error&) override { leave(); }

 private:
  void leave() {
    timer_.cancel();
    if (asker_) asker_->gone = true;
  }

  void take(DiagReport part) {
    diag::merge(std::move(part), report_);
    if (!open_.empty()) open_.erase(open_.begin()); // they come in order
    if (open_.empty()) answer();
  }

  // port_.result() may destroy this.
  void answer() {
    leave();
    for (const auto section : open_) report_.unavailable.push_back({section, "timeout"});
    diag::fit(report_);
    port_.result(describe::to_node(report_));
  }

  DiagWorker& worker_;
  CallPort& port_;
  daemon::Reactor::Timer timer_;
  std::shared_ptr<DiagWorker::Asker> asker_;
  std::vector<DiagSection> open_; // not yet delivered
  DiagReport report_;
};

bool wants(const DiagWorker::Asker& asker, DiagSection section) {
  return !asker.gone && std::ranges::find(asker.sections, section) != asker.sections.end();
}

} // namespace

DiagWorker::~DiagWorker() {
  stopping_ = true;
  {
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

Result<void> DiagWorker::ask(std::shared_ptr<Asker> asker) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMaxWaitingDiags)
    return fail(Errc::limit, "diag: " + std::to_string(kMaxWaitingDiags) + " calls are waiting");
  waiting_.push_back(std::move(asker));
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "diag");
  }
  wake_.notify_one();
  return {};
}

void DiagWorker::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const auto group = std::exchange(waiting_, {});
    lock.unlock();
    work(group);
  }
}

void DiagWorker::work(const Group& group) {
  const auto deadline = clock_.boot() + kDiagWork;
  for (const auto& row : kRows) {
    const auto is_wanted = [&] {
      return std::ranges::any_of(group, [&](const auto& asker) { return wants(*asker, row.value); });
    };
    if (stopping_ || !is_wanted()) continue;
    const diag::Probe probe(clock_, deadline, [&] { return stopping_ || !is_wanted(); });
    DiagReport part;
    if (clock_.boot() < deadline) diag::collect(row.value, probe, part);
    else part.unavailable.push_back({row.value, "timeout"});
    deliver(row.value, part, group);
  }
}

void DiagWorker::deliver(DiagSection section, const DiagReport& part, const Group& group) {
  for (const auto& asker : group) {
    if (!wants(*asker, section)) continue;
    reactor_.post([asker, part] {
      if (!asker->gone) asker->deliver(part);
    });
  }
}

session::Service diag_service(DiagWorker& worker) {
  const auto start = [&worker](const session::Caller&, const describe::Node& node,
                               CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(const auto params, describe::from_node<session::DiagParams>(node, describe::Unknown::ignore));
    auto call = std::make_unique<DiagCall>(worker, port);
    RS_CHECK(call->start(params));
    return std::unique_ptr<session::CallHandler>(std::move(call));
  };
  return {session::kDiagCall, Permission::diag, start};
}

} // namespace rs::agent
