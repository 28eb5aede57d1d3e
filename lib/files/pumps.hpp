#pragma once

#include "files/executor.hpp"
#include "files/sender.hpp"
#include "files/stream_sink.hpp"
#include "session/service.hpp"

#include <deque>
#include <memory>

// Between a call (on its event loop) and a transfer's machine (on a worker thread), the same at both ends of a call.
namespace rs::files {

// Where the two ends of a pump run, and whom it tells. `disk` runs tasks in order, and so does `home`.
struct PumpPlaces {
  Executor disk;
  Executor home;
  std::function<void()> wake; // something has been sent outside of the call's own events
};

// Sends what the Sender makes, as far as there is credit: a few frames are being filled while others leave.
class SendPump : public std::enable_shared_from_this<SendPump> {
 public:
  // Makes the sender, on `disk`: finding the sources blocks too.
  using Open = std::function<Result<std::unique_ptr<Sender>>()>;
  // `over` comes once, at home: everything is sent and ended, or an error. Not after stop().
  SendPump(Open open, PumpPlaces places, std::function<void(Result<void>)> over);

  // The call's events, at home. start() when the port may be used.
  void start(session::CallPort& port);
  void on_writable() { pump(); }
  void on_reply(session::InData data);
  // The call is over: nothing touches the port any more.
  void stop();
  // Once it is over without an error.
  const TransferCounts& counts() const { return sender_->counts(); }

 private:
  struct Frame {
    session::OutFrame frame;
    Result<Sender::Filled> filled;
  };
  void pump();
  void fill(std::size_t bytes);
  void on_filled(Frame frame, std::size_t reserved, bool done);
  void send_ready();
  void finish(Result<void> how);

  Open open_;                      // lives as long as the sender, which may refer to what it holds
  std::unique_ptr<Sender> sender_; // used on `disk` only, until it is done
  PumpPlaces places_;
  std::function<void(Result<void>)> over_;
  session::CallPort* port_ = nullptr;
  std::deque<Frame> ready_;
  std::size_t reserved_ = 0; // bytes of frames that are being filled or wait in ready_
  unsigned filling_ = 0;
  bool opened_ = false;
  bool idle_ = false; // the sender waits for a reply
  bool done_ = false;
};

// Feeds a StreamSink, gives credit back for what it has taken, and sends its replies.
class ReceivePump : public std::enable_shared_from_this<ReceivePump> {
 public:
  // `over` comes once, at home: the stream has ended and the sink has finished, or an error (the sink is then abandoned).
  ReceivePump(std::shared_ptr<StreamSink> sink, PumpPlaces places, std::function<void(Result<void>)> over);

  void start(session::CallPort& port);
  void on_data(std::uint8_t kind, session::InData data); // kPlainStream and kZstdStream
  void on_end();                                         // of kPlainStream
  void on_writable() { send_replies(); }
  // The call has its result: nothing touches the port any more, but what has come is still taken.
  void detach() { port_ = nullptr; }
  // The same, and a transfer that is not over is abandoned; `over` does not come any more.
  void stop();

 private:
  void taken(std::size_t bytes, std::string replies, const Result<void>& how);
  void send_replies();
  void give_credit();
  void finish(Result<void> how);
  void abandon(); // on `disk`

  std::shared_ptr<StreamSink> sink_; // used on `disk` only
  PumpPlaces places_;
  std::function<void(Result<void>)> over_;
  session::CallPort* port_ = nullptr;
  std::string replies_;
  std::size_t held_ = 0;  // bytes taken whose credit waits until the replies to them have left
  bool failed_ = false;   // on `disk`: what still comes is not for the sink
  bool closed_ = false;   // on `disk`: the sink has finished or is abandoned
  bool finished_ = false; // at home
  bool stopped_ = false;
};

} // namespace rs::files
