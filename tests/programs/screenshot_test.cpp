#include "lab.hpp"
#include "support/png_reader.hpp"
#include "support/x_server.hpp"

#include <fcntl.h>

namespace rs::test {
namespace {

constexpr std::uint32_t kColour = 0x3366cc, kOther = 0xfedcba;

class ProgramsScreenshot : public Lab {
 protected:
  // Relay, sign-in, an agent, and a display that it is told of by --display only.
  void start_with_screen() {
    ASSERT_TRUE(server_.runs()) << "Xvfb does not start";
    ASSERT_TRUE(server_.paint(kColour, kOther, {100, 50, 20, 10}));
    ASSERT_NO_FATAL_FAILURE(start_all());
  }
  Finished shot(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"screenshot", "box", "--display", server_.display()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rsctl(arguments);
  }
  std::size_t parts() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir)) count += entry.path().extension() == ".part";
    return count;
  }
  XServer server_;
};

TEST_F(ProgramsScreenshot, AFileHoldsTheScreenAndTheDocumentSaysSo) {
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  const auto taken = shot({"-O", path("shot.png"), "--no-cursor", "--json"});
  ASSERT_EQ(taken.exit_code, 0) << taken.err;
  const auto png = decode_png(contents(path("shot.png")));
  ASSERT_EQ(png.width, 320u);
  EXPECT_EQ(png.at(0, 0), kColour);
  EXPECT_EQ(png.at(100, 50), kOther);
  EXPECT_EQ(field(taken.out, "schema"), "rsctl.screenshot.v1");
  EXPECT_EQ(field(taken.out, "path"), path("shot.png"));
  EXPECT_EQ(field(taken.out, "width"), "320");
  EXPECT_EQ(field(taken.out, "bytes"), std::to_string(std::filesystem::file_size(path("shot.png"))));
  EXPECT_EQ(parts(), 0u);
}

TEST_F(ProgramsScreenshot, StdoutGetsThePictureAndNothingElse) {
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  const auto taken = shot({"-O", "-", "--region", "30x20+95+45", "--no-cursor"});
  ASSERT_EQ(taken.exit_code, 0) << taken.err;
  const auto png = decode_png(taken.out);
  ASSERT_EQ(png.width, 30u);
  EXPECT_EQ(png.at(4, 4), kColour);
  EXPECT_EQ(png.at(5, 5), kOther);
}

TEST_F(ProgramsScreenshot, WithoutANameItIsHereAndItsPathOnStdout) {
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  const auto line = "cd '" + dir.string() + "' && '" + kBin + "rsctl' screenshot box --display " + server_.display() + " > named";
  for (const auto& [name, value] : environment()) ::setenv(name.c_str(), value.c_str(), 1);
  ASSERT_EQ(WEXITSTATUS(std::system(line.c_str())), 0);
  auto name = contents(path("named"));
  ASSERT_FALSE(name.empty());
  name.pop_back();
  EXPECT_EQ(name.substr(0, 4), "box-");
  EXPECT_EQ(decode_png(contents(path(name))).width, 320u);
}

TEST_F(ProgramsScreenshot, WrongInputIsNamedAndLeavesNoFile) {
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  struct Row {
    std::vector<std::string> more;
    int exit_code;
    const char* said;
  };
  const Row rows[] = {
      {{"--region", "10x10+5000+0"}, 2, "outside"},
      {{"--monitor", "nowhere"}, 6, "there are: "},
      {{"--display", "/tmp/x"}, 2, "display"},
      {{"--display", ":64999"}, 9, "no display :64999"},
  };
  for (const auto& row : rows) {
    auto more = row.more;
    more.insert(more.end(), {"-O", path("none.png")});
    const auto failed = shot(more);
    EXPECT_EQ(failed.exit_code, row.exit_code) << failed.err;
    EXPECT_NE(failed.err.find(row.said), std::string::npos) << failed.err;
  }
  EXPECT_FALSE(std::filesystem::exists(path("none.png")));
  EXPECT_EQ(parts(), 0u);
}

TEST_F(ProgramsScreenshot, ATerminalIsSparedTheBytes) {
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_TRUE(terminal >= 0 && ::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0);
  Child call({kBin + "rsctl", "screenshot", "box", "--display", server_.display(), "-O", "-"}, environment(), ::ptsname(terminal),
             path("said"));
  EXPECT_EQ(call.wait(), 2);
  EXPECT_NE(contents(path("said")).find("terminal"), std::string::npos);
  ::close(terminal);
}

TEST_F(ProgramsScreenshot, AServerKilledInMidShotIsAnErrorAndTheAgentLivesOn) {
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  ASSERT_EQ(shot({"-O", path("first.png")}).exit_code, 0);
  const auto asked = [&] { return contents(path("box") + "/audit.jsonl").rfind("screen.shot"); };
  const auto first = asked();
  server_.signal(SIGSTOP);
  auto call = start("rsctl", {"screenshot", "box", "--display", server_.display(), "-O", path("second.png")});
  ASSERT_TRUE(eventually([&] { return asked() != first; }));
  server_.kill();
  const auto code = call.child.wait();
  EXPECT_TRUE(code == 35 || code == 9) << code << contents(call.err); // 9: it was gone before the agent looked for it
  EXPECT_FALSE(std::filesystem::exists(path("second.png")));
  const XServer next;
  ASSERT_TRUE(next.runs() && next.paint(kOther));
  EXPECT_EQ(rsctl({"screenshot", "box", "--display", next.display(), "-O", path("third.png")}).exit_code, 0);
  EXPECT_EQ(decode_png(contents(path("third.png"))).at(0, 0), kOther);
}

TEST_F(ProgramsScreenshot, WhoMayNotViewIsForbidden) {
  write("box.yaml", "deny: [view]\n");
  ASSERT_NO_FATAL_FAILURE(start_with_screen());
  const auto denied = shot({"-O", path("none.png")});
  EXPECT_EQ(denied.exit_code, 5) << denied.err;
  EXPECT_FALSE(std::filesystem::exists(path("none.png")));
}

} // namespace
} // namespace rs::test
