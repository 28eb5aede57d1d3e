#pragma once

#include "agentd/desktop/x11_desktop.hpp"
#include "desktop/document_stream.hpp"
#include "desktop/helper_messages.hpp"

#include <functional>

namespace rs::desktop {

// The helper's whole work: answers the requests on `socket`, one after the other, until its other end closes. The
// desktop is opened at the first request; one that has gone ends the work, as a fresh helper is the way back.
class HelperServer {
 public:
  using OpenDesktop = std::function<Result<std::unique_ptr<WatchedDesktop>>()>;

  HelperServer(int socket, OpenDesktop open) : socket_(socket), open_(std::move(open)) {}
  // Returns at the end of the work; an error where it ended otherwise than by the other end.
  Result<void> run();

 private:
  Result<bool> wait();
  Result<void> answer(const HelperRequest& request);
  Result<Desktop*> desktop();

  int socket_;
  OpenDesktop open_;
  std::unique_ptr<WatchedDesktop> desktop_;
  DocumentReader reader_;
};

} // namespace rs::desktop
