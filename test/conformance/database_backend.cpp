#include "conformance/database_backend.hpp"

#include "support/test_database.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_tests.hpp>

#include <sstream>

namespace rulehost::test {
namespace {

class database_backend_fixture final : public backend {
public:
    database_backend_fixture(virtual_loop& loop, database_kind kind) : backend(loop), database_(kind) {
        open();
        loop.run(store_->list_rules()); // creates the schema that the author writes to
        author_.emplace(database_.client());
    }
    ~database_backend_fixture() override { stop(); }

    rule_store& store() override { return *store_; }

    void write_rule(std::string const& rule_id, std::string const& text) override {
        if (author_->execute("UPDATE ttp_rule SET yaml_content = :1 WHERE rule_id = :2", {text, rule_id}) == 0)
            author_->execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES (:1, :2)", {rule_id, text});
        load();
    }

    void delete_rule(std::string const& rule_id) override {
        author_->execute("DELETE FROM ttp_rule WHERE rule_id = :1", {rule_id});
        load();
    }

    void write_list(std::string const& name, std::string const& values) override {
        if (author_->execute("UPDATE ttp_rule_list SET list_values = :1 WHERE list_name = :2", {values, name}) == 0)
            author_->execute("INSERT INTO ttp_rule_list (list_name, list_values) VALUES (:1, :2)", {name, values});
        load();
    }

    void delete_list(std::string const& name) override {
        author_->execute("DELETE FROM ttp_rule_list WHERE list_name = :1", {name});
        load();
    }

    void reopen() override {
        store_.reset();
        open();
    }

    // The write fails at the history, after the state itself was written: all of it must be rolled back.
    void break_writes() override {
        switch (database_.kind()) {
        case database_kind::sqlite:
            author_->execute(
                "CREATE TRIGGER broken BEFORE INSERT ON ttp_rule_change BEGIN SELECT RAISE(ABORT, 'broken'); END");
            break;
        case database_kind::postgresql:
            author_->execute("CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
                             "$$ BEGIN RAISE EXCEPTION 'broken'; END $$");
            author_->execute(
                "CREATE TRIGGER broken BEFORE INSERT ON ttp_rule_change FOR EACH ROW EXECUTE FUNCTION broken()");
            break;
        case database_kind::mysql:
            author_->execute("CREATE TRIGGER broken BEFORE INSERT ON ttp_rule_change FOR EACH ROW "
                             "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'");
            break;
        }
    }

    void mend_writes() override {
        author_->execute(database_.kind() == database_kind::postgresql ? "DROP FUNCTION broken CASCADE"
                                                                       : "DROP TRIGGER broken");
    }

private:
    void open() {
        database_store_options options;
        options.url = database_.url();
        options.poll = std::chrono::seconds{1};
        options.database_clock = [this] { return loop().time.now(); };
        options.admit = run_rule_tests;
        store_ = std::make_unique<database_rule_store>(loop().loop.get_executor(), loop().loop.get_executor(),
                                                       loop().time, std::move(options));
    }

    boost::asio::awaitable<void> follow() override { return store_->run(); }

    test_database database_;
    std::optional<session> author_;
    std::unique_ptr<database_rule_store> store_;
};

} // namespace

backend_kind database_backend(database_kind kind) {
    std::ostringstream name;
    name << kind;
    return {name.str(), [kind](virtual_loop& loop) { return std::make_unique<database_backend_fixture>(loop, kind); }};
}

} // namespace rulehost::test
