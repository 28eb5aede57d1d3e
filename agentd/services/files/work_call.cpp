#include "agentd/services/files/work_call.hpp"

namespace rs::agent {

WorkCall::WorkCall(const FilesSettings& settings, session::CallPort& port, Work work) {
  shared_->port = &port;
  settings.workers.strand()([shared = shared_, work = std::move(work), &reactor = settings.reactor] {
    if (shared->stop) return;
    auto answer = std::make_shared<Result<describe::Node>>(work(shared->stop));
    reactor.post([shared, answer] {
      auto* port = std::exchange(shared->port, nullptr);
      if (port == nullptr) return;
      if (*answer) port->result(std::move(**answer));
      else port->error(answer->error());
    });
  });
}

} // namespace rs::agent
