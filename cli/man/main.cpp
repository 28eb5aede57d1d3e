#include "cli/man.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

// rsctl_man TEMPLATE PAGE: writes the manual page anew after the tables have changed (`ninja man`).
int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: rsctl_man TEMPLATE PAGE\n", stderr), 2;
  std::ifstream file(argv[1]);
  std::stringstream text;
  text << file.rdbuf();
  const auto page = rs::cli::man_page(text.str());
  if (!page) return std::fprintf(stderr, "rsctl_man: %s: %s\n", argv[1], page.error().message.c_str()), 1;
  std::ofstream out(argv[2]);
  out << *page;
  return out.flush() ? 0 : 1;
}
