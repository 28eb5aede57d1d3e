#include "fake_relay.hpp"

namespace {

using namespace rs;

// The words of the files verbs: what is wrong in them is told before anything leaves for the relay.
struct CliFiles : test::CliFixture {
  CliFiles() { EXPECT_EQ(login({"--fingerprint", relay_print()}), 0) << terminal.err; }
};

TEST_F(CliFiles, WrongWordsNameWhatIsWrong) {
  const std::pair<std::vector<std::string>, std::string> lines[] = {
      {{"push", "a"}, "SRC… and A:DST"},
      {{"push", "a", "b"}, "'b' is no path on an agent; write A:PATH"},
      {{"push", "a", "box:"}, "no path behind the ':'"},
      {{"push", "-", "a", "box:b"}, "'-' is stdin, and goes alone"},
      {{"push", "-", "-", "box:b"}, "'-' is stdin, and goes alone"},
      {{"push", "-", "box:b/"}, "a file's name, not 'box:b/'"},
      {{"push", "a", "box:b", "--compress", "lots"}, "lots"},
      {{"pull", "box:a"}, "A:SRC… and DST"},
      {{"pull", "a", "b"}, "'a' is no path on an agent"},
      {{"pull", "box:a", "crate:b", "."}, "sources of two agents: box and crate"},
      {{"pull", "box:a", "box:b"}, "the destination is on this computer"},
      {{"pull", "box:a", "box:b", "-"}, "stdout takes one file"},
      {{"ls", "./a:b"}, "'./a:b' is no path on an agent"},
      {{"cat", "box:a", "b"}, "'b' is no path on an agent"},
      {{"stat", "box"}, "'box' is no path on an agent"},
      {{"rm", "box:a", "crate:b"}, "paths of two agents: box and crate"},
  };
  for (const auto& [line, expected] : lines) {
    EXPECT_EQ(rsctl(line), 2) << terminal.err;
    EXPECT_NE(terminal.err.find(expected), std::string::npos) << terminal.err;
    EXPECT_EQ(terminal.out, "");
  }
}

TEST_F(CliFiles, DryRunsSayWhatWouldHappenAndAskNobody) {
  const auto asked = relay.seen().size();
  EXPECT_EQ(rsctl({"push", "a", "b", "box:c", "--dry-run"}), 0);
  EXPECT_EQ(terminal.err, "would push a to box:c\nwould push b to box:c\n");
  EXPECT_EQ(rsctl({"pull", "box:a", "box:b", "c", "--dry-run"}), 0);
  EXPECT_EQ(terminal.err, "would pull box:a to c\nwould pull box:b to c\n");
  EXPECT_EQ(rsctl({"rm", "box:a", "--dry-run"}), 0);
  EXPECT_EQ(terminal.err, "would remove box:a\n");
  EXPECT_EQ(relay.seen().size(), asked);
}

} // namespace
