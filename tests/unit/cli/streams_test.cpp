#include "cli/terminal_streams.hpp"
#include "scratch.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>
#include <csignal>
#include <fstream>
#include <thread>

namespace {

using namespace rs;

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(int end) {
    if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
  }
  int ends[2];
};

session::InData data_of(std::size_t bytes) {
  Buffer buffer(bytes);
  buffer.resize(bytes);
  std::fill_n(buffer.data(), bytes, std::uint8_t{'x'});
  return {std::move(buffer), 0, bytes};
}

struct CliStreams : testing::Test {
  CliStreams() { std::signal(SIGPIPE, SIG_IGN); }
  std::unique_ptr<cli::OutputStream> output(int descriptor) {
    return cli::open_output(reactor, descriptor, {[this](std::size_t bytes) {
      written += bytes;
      all_written = true; // of the one piece
    }, [this](const Error& why) { failed = why; }});
  }
  // Everything from an input, by wait and read.
  std::string read_all(int descriptor) {
    auto input = cli::open_input(reactor, descriptor);
    std::string all;
    for (bool over = false; !over;) {
      bool ready = false;
      input->wait([&] { ready = true; });
      reactor.run_until(ready);
      Buffer room(1000);
      room.resize(1000);
      const auto got = input->read(room.mutable_view()).value();
      all.append(as_text(room.view().first(got)));
      over = got == 0;
    }
    return all;
  }
  daemon::Reactor reactor;
  std::size_t written = 0;
  bool all_written = false;
  std::optional<Error> failed;
};

TEST_F(CliStreams, ASlowReaderNeitherBlocksNorLosesAnything) {
  Pipe pipe;
  const auto stream = output(pipe.ends[1]);
  stream->write(data_of(1 << 20));
  EXPECT_FALSE(stream->idle());
  EXPECT_EQ(written, 0u);
  std::thread reader([&] {
    std::vector<char> room(1 << 16);
    for (std::size_t got = 0; got < (1 << 20);) {
      const auto some = ::read(pipe.ends[0], room.data(), room.size());
      ASSERT_GT(some, 0);
      got += static_cast<std::size_t>(some);
    }
  });
  reactor.run_until(all_written);
  reader.join();
  EXPECT_EQ(written, 1u << 20);
  EXPECT_TRUE(stream->idle());
}

TEST_F(CliStreams, TheSharedDescriptionStaysBlocking) {
  Pipe pipe;
  output(pipe.ends[1])->write(data_of(10));
  (void)::write(pipe.ends[1], "y", 1);
  EXPECT_EQ(read_all([&] {
    pipe.close_end(1);
    return pipe.ends[0];
  }())
                .size(),
            11u);
  EXPECT_EQ(::fcntl(pipe.ends[0], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(CliStreams, AClosedReaderIsAnError) {
  Pipe pipe;
  pipe.close_end(0);
  const auto stream = output(pipe.ends[1]);
  stream->write(data_of(10));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, Errc::io);
  EXPECT_EQ(written, 0u);
}

TEST_F(CliStreams, FilesPipesAndNothingAreInputs) {
  const test::Scratch scratch;
  std::ofstream(scratch.path("f")) << std::string(2500, 'z');
  const int file = ::open(scratch.path("f").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(read_all(file), std::string(2500, 'z'));
  ::close(file);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(read_all(null), "");
  ::close(null);
  EXPECT_EQ(read_all(null), ""); // no longer open
}

TEST_F(CliStreams, AFileIsWrittenWhole) {
  const test::Scratch scratch;
  const int file = ::open(scratch.path("f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const auto stream = output(file);
  stream->write(data_of(100'000));
  EXPECT_TRUE(stream->idle());
  ::close(file);
  EXPECT_EQ(std::filesystem::file_size(scratch.path("f")), 100'000u);
}

} // namespace
