#pragma once

#include "agentd/services/desktop_process.hpp"
#include "desktop/helper_messages.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace rs::agent {

// The pictures of all displays: a helper process for each display, started when it is first needed, kept for a while,
// asked one thing at a time. Nothing that a helper says is believed before it is checked; one that hangs, lies or dies
// ends with the request that it had, and the next request gets a new one. One thread: the reactor's.
class DesktopHelpers {
 public:
  struct Settings {
    std::string program; // empty: find_desktop_program()
    Millis answer_within{10'000};
    Millis keep_idle{60'000};
  };
  static constexpr std::size_t kMaxWaiting = 32; // requests on one display
  // Pictures that were answered and are still held, of all displays, and their bytes: they are in memory.
  static constexpr std::size_t kMaxHeld = 8;
  static constexpr std::uint64_t kMaxHeldBytes = 256 << 20;

  struct Shot {
    desktop::ShotPicture picture;
    daemon::Descriptor png;     // a sealed memory file of picture.bytes, read from its start by pread
    std::shared_ptr<void> held; // its share of kMaxHeld; goes with `png`
  };
  using Done = std::function<void(Result<Shot>)>; // once, later, from the reactor; `limit`: too much is held already
  // While it lives the answer is wanted.
  using Ticket = std::shared_ptr<void>;

  DesktopHelpers(daemon::Reactor& reactor, Settings settings);
  ~DesktopHelpers(); // all helpers are killed; nobody is answered any more
  DesktopHelpers(const DesktopHelpers&) = delete;
  DesktopHelpers& operator=(const DesktopHelpers&) = delete;

  // `limit`: too many wait already; else why there is no helper (`unsupported`, `permission`, `io`).
  Result<Ticket> shot(const DisplayTarget& target, desktop::ShotRequest request, Done done);

  std::vector<pid_t> running() const; // processes

 private:
  struct Request;
  struct Held;
  class Helper;
  using Key = std::tuple<std::string, std::uint32_t, std::string>;
  static Key key_of(const DisplayTarget& target) { return {target.display, target.uid, target.xauthority}; }

  Result<Helper*> helper_for(const DisplayTarget& target);
  void on_ended(const DisplayTarget& target);

  daemon::Reactor& reactor_;
  Settings settings_;
  std::uint32_t last_id_ = 0;
  std::shared_ptr<Held> held_;
  std::map<Key, std::shared_ptr<Helper>> helpers_; // by display, user and key
};

} // namespace rs::agent
