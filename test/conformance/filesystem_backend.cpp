#include "conformance/filesystem_backend.hpp"

#include "support/temporary_directory.hpp"

#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_tests.hpp>

namespace rulehost::test {
namespace {

class filesystem_backend_fixture final : public backend {
public:
    explicit filesystem_backend_fixture(virtual_loop& loop) : backend(loop) {
        std::filesystem::create_directory(root_ / "rules");
        std::filesystem::create_directory(root_ / "state");
        open();
    }
    ~filesystem_backend_fixture() override { stop(); }

    rule_store& store() override { return *store_; }

    void write_rule(std::string const& rule_id, std::string const& text) override {
        root_.write("rules/" + rule_id + ".yaml", text);
        store_->rescan();
    }

    void delete_rule(std::string const& rule_id) override {
        root_.remove("rules/" + rule_id + ".yaml");
        store_->rescan();
    }

    void write_list(std::string const& name, std::string const& values) override {
        root_.write("rules/list_" + name + ".yaml", "lists:\n  " + name + ": " + values + "\n");
        store_->rescan();
    }

    void delete_list(std::string const& name) override {
        root_.remove("rules/list_" + name + ".yaml");
        store_->rescan();
    }

    void reopen() override {
        store_.reset();
        open();
    }

    void break_writes() override { root_.rename("state", "away"); }
    void mend_writes() override { root_.rename("away", "state"); }

private:
    void open() {
        filesystem_store_options options;
        options.allow_deletions = true; // the guard has its own tests
        options.directory = root_ / "rules";
        options.state_file = root_ / "state/states.json";
        options.watch = filesystem_store_options::hints::none;
        options.admit = run_rule_tests;
        store_ = std::make_unique<filesystem_rule_store>(loop().loop.get_executor(), loop().time, std::move(options));
    }

    boost::asio::awaitable<void> follow() override { return store_->run(); }

    temporary_directory root_;
    std::unique_ptr<filesystem_rule_store> store_;
};

} // namespace

backend_kind filesystem_backend() {
    return {"filesystem", [](virtual_loop& loop) { return std::make_unique<filesystem_backend_fixture>(loop); }};
}

} // namespace rulehost::test
