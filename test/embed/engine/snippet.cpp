#include <rulehost/directory_reader.hpp>
#include <rulehost/engine.hpp>

#include <chrono>
#include <iostream>

int main(int, char** arguments) {
    rulehost::engine engine;
    engine.replace(rulehost::read_directory(arguments[1]));
    auto const typed = rulehost::event::command("cat /etc/passwd");
    auto const found = engine.evaluate(typed, std::chrono::system_clock::now()).value();
    for (auto const& tag : found.tags)
        std::cout << tag.rule_id << ' ' << tag.technique_id << '\n'; // R0013 T1083, R0111 T1087
}
