#include "agentd/services/files/services.hpp"
#include "files/limits.hpp"
#include "files/messages.hpp"
#include "files/posix_owners.hpp"
#include "files/pumps.hpp"
#include "files/sources.hpp"

namespace rs::agent {
namespace {

using session::CallPort;

// What a Sender refers to, as long as it lives.
struct PullWork {
  Reach reach;
  files::PullParams params;
  files::PosixOwners owners;
  files::Progress progress;
};

Result<std::unique_ptr<files::Sender>> open_sender(PullWork& work) {
  RS_TRY(auto jail, work.reach.jail());
  std::vector<std::string> paths;
  for (const auto& path : work.params.sources) paths.push_back(path.bytes);
  RS_TRY(auto sources, files::find_sources(std::make_shared<files::Jail>(std::move(jail)), paths, *work.params.content));
  const files::Sender::Options options{.recursive = *work.params.recursive,
                                       .preserve = *work.params.preserve,
                                       .verify = *work.params.verify,
                                       .content = *work.params.content,
                                       .compress = work.params.compress.value_or(files::Compress::auto_)};
  return std::make_unique<files::Sender>(std::move(sources), options, work.owners, work.progress);
}

class PullCall final : public session::CallHandler {
 public:
  PullCall(const FilesSettings& settings, files::PullParams params, CallPort& port) : port_(port) {
    auto work = std::make_shared<PullWork>();
    work->reach = Reach::of(settings);
    work->params = std::move(params);
    auto home = [&reactor = settings.reactor](std::function<void()> task) { reactor.post(std::move(task)); };
    pump_ = std::make_shared<files::SendPump>([work] {
      return open_sender(*work);
    }, files::PumpPlaces{settings.workers.strand(), std::move(home), {}}, [this](Result<void> how) { over(how); });
    work_ = std::move(work);
    pump_->start(port);
  }
  ~PullCall() override { pump_->stop(); }

  void on_data(std::uint8_t kind, session::InData data) override {
    if (kind == files::kReplyStream) pump_->on_reply(std::move(data));
    else port_.consumed(data.size());
  }
  void on_end(std::uint8_t) override {}
  void on_writable() override { pump_->on_writable(); }
  void on_lost(const Error&) override { pump_->stop(); }

 private:
  void over(const Result<void>& how) {
    if (how) port_.result(describe::to_node(pump_->counts()));
    else port_.error(how.error());
  }

  CallPort& port_;
  std::shared_ptr<PullWork> work_;
  std::shared_ptr<files::SendPump> pump_;
};

Result<void> check(const files::PullParams& params) {
  if (params.sources.empty()) return fail(Errc::invalid, "sources: none");
  if (params.sources.size() > files::kMaxSources)
    return fail(Errc::limit, "sources: more than " + std::to_string(files::kMaxSources));
  if (*params.content && params.sources.size() != 1) return fail(Errc::invalid, "sources: one file's content, so one source");
  return {};
}

} // namespace

session::Service pull_service(std::shared_ptr<const FilesSettings> settings) {
  const auto start = [settings](const session::Caller&, const describe::Node& node,
                                CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<files::PullParams>(node, describe::Unknown::ignore));
    RS_CHECK(check(params));
    return std::unique_ptr<session::CallHandler>(std::make_unique<PullCall>(*settings, std::move(params), port));
  };
  return {files::kPullCall, Permission::files, start, [](const describe::Node& node) {
    const auto params = describe::from_node<files::PullParams>(node, describe::Unknown::ignore);
    return params ? subject_of(params->sources) : std::string();
  }};
}

} // namespace rs::agent
