#include "files/pipe_file.hpp"

#include "base/bytes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include <gtest/gtest.h>

namespace rs::files {
namespace {

class PipeFileTest : public testing::Test {
 protected:
  PipeFileTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
  }
  ~PipeFileTest() override {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends_[end] >= 0) ::close(std::exchange(ends_[end], -1));
  }

  int ends_[2];
  std::shared_ptr<PipeCancel> cancel_ = std::make_shared<PipeCancel>();
  Bytes room_ = Bytes(100);
};

TEST_F(PipeFileTest, ReadsWhatThereIsAndThenTheEnd) {
  PipeFile file(ends_[0], "stdin", cancel_);
  ASSERT_EQ(::write(ends_[1], "hello", 5), 5);
  EXPECT_EQ(file.read(0, room_).value(), 5u);
  EXPECT_EQ(as_text(ByteView(room_).first(5)), "hello");
  close_end(1);
  EXPECT_EQ(file.read(5, room_).value(), 0u);
}

TEST_F(PipeFileTest, WritesMoreThanThePipeHoldsAsItsReaderGoesOn) {
  const Bytes much(300'000, 'x');
  std::size_t came = 0;
  std::thread reader([&] {
    char room[5000];
    for (ssize_t got; (got = ::read(ends_[0], room, sizeof room)) > 0;) came += static_cast<std::size_t>(got);
  });
  EXPECT_TRUE(PipeFile(ends_[1], "stdout", cancel_).write(0, much));
  close_end(1);
  reader.join();
  EXPECT_EQ(came, much.size());
}

TEST_F(PipeFileTest, AReaderThatHasGoneIsAnErrorThatNamesTheStream) {
  close_end(0);
  const auto written = PipeFile(ends_[1], "stdout", cancel_).write(0, as_bytes("x"));
  EXPECT_EQ(written.error().code, Errc::io);
  EXPECT_NE(written.error().message.find("stdout"), std::string::npos) << written.error().message;
}

TEST_F(PipeFileTest, WaitsEndWhenTheyAreCancelledFromAnotherThread) {
  std::thread canceller([this] { cancel_->cancel(); });
  EXPECT_EQ(PipeFile(ends_[0], "stdin", cancel_).read(0, room_).error().code, Errc::interrupted);
  canceller.join();
  const Bytes much(1 << 20, 'x');
  EXPECT_EQ(PipeFile(ends_[1], "stdout", cancel_).write(0, much).error().code, Errc::interrupted) << "for good";
}

} // namespace
} // namespace rs::files
