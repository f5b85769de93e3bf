// Writes generated rules and events, for `rulehost bench` and for inspection.
#include "bench/generated.hpp"

#include <charconv>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>

namespace {

std::optional<std::size_t> number_from(std::string_view text) {
    std::size_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

void write_rules(std::size_t count, std::filesystem::path const& directory) {
    std::filesystem::create_directories(directory);
    for (std::size_t n = 0; n != count; ++n) {
        std::ofstream out{directory / ("R" + std::to_string(100'000 + n) + ".yaml"), std::ios::binary};
        out.exceptions(std::ios::failbit | std::ios::badbit);
        out << rulehost::bench::generated_rule(n);
    }
}

void write_events(std::size_t count, std::filesystem::path const& file) {
    std::ofstream out{file, std::ios::binary};
    out.exceptions(std::ios::failbit | std::ios::badbit);
    for (auto const& line : rulehost::bench::generated_lines(count, 100))
        out << line << '\n';
}

} // namespace

int main(int argc, char** argv) {
    auto const count = argc == 4 ? number_from(argv[2]) : std::nullopt;
    std::string_view const what = argc == 4 ? argv[1] : "";
    if (!count || (what != "rules" && what != "events")) {
        std::cerr << "usage: generate rules COUNT DIRECTORY | generate events COUNT FILE\n";
        return 2;
    }
    try {
        what == "rules" ? write_rules(*count, argv[3]) : write_events(*count, argv[3]);
    } catch (std::exception const& error) {
        std::cerr << argv[3] << ": " << error.what() << '\n';
        return 3;
    }
    return 0;
}
