#include "engine/rule_index.hpp"

#include "match/command_names.hpp"
#include "match/field_values.hpp"
#include "match/letter_fold.hpp"
#include "match/required_literals.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

using number = std::uint32_t;

/// Many short lists of numbers in one block.
class lists {
public:
    explicit lists(std::vector<std::vector<number>> const& from) {
        starts_.reserve(from.size() + 1);
        starts_.push_back(0);
        for (auto const& one : from) {
            numbers_.insert(numbers_.end(), one.begin(), one.end());
            starts_.push_back(static_cast<number>(numbers_.size()));
        }
    }

    std::span<number const> operator[](std::size_t i) const {
        return std::span{numbers_}.subspan(starts_[i], starts_[i + 1] - starts_[i]);
    }

private:
    std::vector<number> numbers_;
    std::vector<number> starts_;
};

struct program_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// A field that rules of one kind look at.
struct slot {
    field_path field;
    bool is_anchor = false;
    number presence = 0;   ///< the trigger "it is there"
    number first_word = 0; ///< the trigger of the table's word 0
    pattern_table table;
    number first_command_word = 0; ///< the trigger of word 0 in the texts of commands
    pattern_table command_words;
    bool looks_at_commands = false;
    number first_program = 0; ///< the trigger of program 0
    std::unordered_map<std::string, number, program_hash, std::equal_to<>> programs;
    number first_fact = 0; ///< the trigger of fact 0
    std::unordered_map<std::string, number, program_hash, std::equal_to<>> facts;
};

} // namespace

/// The rules of one source kind.
class rule_index::kind_index {
public:
    class builder;

    kind_index(std::vector<slot> slots, std::vector<candidate> rules, std::vector<number> always, lists opened,
               lists further_of, lists lists_of_tests, lists lists_with, std::size_t triggers, std::size_t list_count)
        : slots_(std::move(slots)),
          rules_(std::move(rules)),
          always_(std::move(always)),
          opened_(std::move(opened)),
          further_of_(std::move(further_of)),
          lists_of_tests_(std::move(lists_of_tests)),
          lists_with_(std::move(lists_with)),
          triggers_(triggers),
          list_count_(list_count) {
        for (auto& rule : rules_)
            rule.from = this;
    }

    void reserve(scan_memory& memory) const {
        for (auto const& s : slots_) {
            s.table.reserve(memory);
            s.command_words.reserve(memory);
        }
    }
    std::size_t triggers() const { return triggers_; }
    std::size_t rules() const { return rules_.size(); }
    std::size_t list_count() const { return list_count_; }

    template <typename Memory>
    void choose(subject& on, Memory& m) const;

    /// The texts in which something of each list of the test was hit.
    template <typename Memory>
    command_texts::text_set texts_for(number test, Memory const& m) const;

private:
    template <typename Hit>
    void look(slot const& s, subject& on, scan_memory& memory, Hit&& hit) const;
    template <typename Hit>
    void look_at_commands(slot const& s, line_commands& commands, subject& on, scan_memory& memory, Hit&& hit) const;

    std::vector<slot> slots_;
    std::vector<candidate> rules_;
    std::vector<number> always_; ///< rules without a gate
    lists opened_;               ///< trigger -> rules whose best list it is in
    lists further_of_;           ///< rule -> its other lists
    lists lists_of_tests_;       ///< test -> its lists
    lists lists_with_;           ///< trigger -> lists that it is in, but for those that open rules
    std::size_t triggers_;
    std::size_t list_count_;
};

class rule_index::kind_index::builder {
public:
    void add(candidate rule, prefilter how) {
        auto const place = static_cast<number>(rules_.size());
        rule.first_test = static_cast<number>(tests_.size());
        rules_.push_back(rule);
        further_of_.emplace_back();
        for (auto const& test : rule.variant->tests)
            tests_.push_back(how == prefilter::none ? nullptr : &test);
        // A rule may be asked for the sake of one map; the others are asked of the commands that they can hold for.
        for (auto const& test : rule.variant->tests)
            if (how != prefilter::none && !test.empty() && is_about_commands(test.front()))
                for (auto const& one : test.front())
                    number_of(one);
        auto const& opened_by = rule.variant->condition;
        if (opened_by.empty() || how == prefilter::none) {
            always_.push_back(place);
            return;
        }
        for (auto const& one : opened_by.front())
            opens_.emplace_back(number_of(one), place);
        for (auto const& list : std::span{opened_by}.subspan(1)) {
            std::vector<trigger_place> places;
            for (auto const& one : list)
                places.push_back(number_of(one));
            further_of_.back().push_back(static_cast<number>(lists_.size()));
            lists_.push_back(std::move(places));
        }
    }

    std::unique_ptr<kind_index> build() {
        std::vector<std::vector<number>> lists_of_tests;
        for (auto const* const test : tests_)
            add_lists(test, lists_of_tests.emplace_back());
        std::vector<slot> slots;
        std::vector<std::array<number, place_count + 1>> first_of_slot; // by place; the last is presence
        number triggers = 0;
        for (auto const* field : order_) {
            auto const& [place, words] = fields_.at(*field);
            first_of_slot.emplace_back();
            auto& firsts = first_of_slot.back();
            auto const texts_of = [](word_numbers const& numbers) {
                std::vector<std::string> texts(numbers.size());
                for (auto const& [word, offset] : numbers)
                    texts[offset] = word;
                return texts;
            };
            auto const presence = triggers++;
            for (std::size_t in = 0; in != words.size(); ++in) {
                firsts[in] = triggers;
                triggers += static_cast<number>(words[in].size());
            }
            firsts.back() = presence;
            auto& made = slots.emplace_back(slot{*field,
                                                 names_anchor(*field),
                                                 presence,
                                                 firsts[0],
                                                 pattern_table{texts_of(words[0])},
                                                 firsts[1],
                                                 pattern_table{texts_of(words[1])},
                                                 !words[1].empty() || !words[2].empty() || !words[3].empty(),
                                                 firsts[2],
                                                 {},
                                                 firsts[3],
                                                 {}});
            made.programs.insert(words[2].begin(), words[2].end());
            made.facts.insert(words[3].begin(), words[3].end());
        }
        auto const resolve = [&](trigger_place const& at) { return first_of_slot[at.slot][at.in] + at.offset; };
        std::vector<std::vector<number>> opened(triggers);
        for (auto const& [trigger, rule] : opens_)
            opened[resolve(trigger)].push_back(rule);
        for (auto& rules : opened) {
            std::ranges::sort(rules);
            rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
        }
        std::vector<std::vector<number>> lists_with(triggers);
        for (std::size_t i = 0; i != lists_.size(); ++i)
            for (auto const& trigger : lists_[i])
                lists_with[resolve(trigger)].push_back(static_cast<number>(i));
        return std::make_unique<kind_index>(std::move(slots), std::move(rules_), std::move(always_), lists{opened},
                                            lists{further_of_}, lists{lists_of_tests}, lists{lists_with}, triggers,
                                            lists_.size());
    }

private:
    static constexpr std::size_t place_count = 4; ///< of trigger::place
    using word_numbers = std::map<std::string, number>;
    struct field_words {
        number slot;
        std::array<word_numbers, place_count> words;
    };
    struct trigger_place {
        number slot;
        std::size_t in; ///< place_count: presence
        number offset;
    };

    trigger_place number_of(trigger const& one) {
        auto const [field, is_new] =
            fields_.try_emplace(one.field, field_words{static_cast<number>(order_.size()), {}});
        if (is_new)
            order_.push_back(&field->first);
        if (one.word.empty())
            return {field->second.slot, place_count, 0};
        auto const in = static_cast<std::size_t>(one.in);
        auto& words = field->second.words[in];
        return {field->second.slot, in, words.try_emplace(one.word, static_cast<number>(words.size())).first->second};
    }

    static bool is_about_commands(std::vector<trigger> const& list) {
        return std::ranges::any_of(list, [](trigger const& one) { return one.in != trigger::place::text; });
    }

    /// The lists of a test that consist of what is looked for anyway: for its sake alone nothing is.
    void add_lists(gate const* test, std::vector<number>& to) {
        if (!test)
            return;
        for (auto const& list : *test) {
            std::vector<trigger_place> places;
            for (auto const& one : list)
                if (auto const place = known(one))
                    places.push_back(*place);
            if (places.size() != list.size())
                continue;
            to.push_back(static_cast<number>(lists_.size()));
            lists_.push_back(std::move(places));
        }
    }

    std::optional<trigger_place> known(trigger const& one) const {
        auto const field = fields_.find(one.field);
        if (field == fields_.end())
            return {};
        if (one.word.empty())
            return trigger_place{field->second.slot, place_count, 0};
        auto const in = static_cast<std::size_t>(one.in);
        auto const word = field->second.words[in].find(one.word);
        if (word == field->second.words[in].end())
            return {};
        return trigger_place{field->second.slot, in, word->second};
    }

    std::map<field_path, field_words> fields_;
    std::vector<field_path const*> order_;
    std::vector<candidate> rules_;
    std::vector<number> always_;
    std::vector<std::pair<trigger_place, number>> opens_;
    std::vector<std::vector<number>> further_of_;
    std::vector<gate const*> tests_; ///< of one rule after the other
    std::vector<std::vector<trigger_place>> lists_;
};

template <typename Hit>
void rule_index::kind_index::look(slot const& s, subject& on, scan_memory& memory, Hit&& hit) const {
    bool present = false;
    auto const scan = [&](std::string_view text) {
        s.table.scan(text, memory,
                     [&](std::uint32_t word, std::size_t) { hit(s.first_word + word, command_texts::every_text); });
    };
    // Few lines hold anything that is looked for; the others need not be taken apart.
    auto const scan_texts = [&](std::string_view text, auto const& locator_of) {
        std::optional<command_texts::locator> locate;
        s.table.scan(text, memory, [&](std::uint32_t word, std::size_t end) {
            if (end == pattern_table::somewhere)
                return hit(s.first_word + word, command_texts::every_text);
            if (!locate)
                locate = locator_of();
            hit(s.first_word + word, (*locate)(end));
        });
    };
    auto const scan_value = [&](std::string_view whole) {
        if (on.is_command_line(s.field)) {
            auto& texts = on.texts_of(whole);
            scan_texts(texts.line(), [&] { return texts.in_line(); });
            if (auto const normalised = texts.normalised(); !normalised.empty())
                scan_texts(normalised, [&] { return texts.in_normalised(); });
            if (s.looks_at_commands)
                look_at_commands(s, on.commands_of(whole), on, memory, hit);
            return;
        }
        auto const looked_at = on.clipped(whole);
        scan(looked_at);
        if (looked_at.size() != whole.size()) {
            // The ends of a text are compared however long it is.
            scan(whole.substr(0, max_literal_length));
            scan(whole.substr(whole.size() - std::min(whole.size(), max_literal_length)));
        }
    };
    if (s.is_anchor) {
        auto const& text = *anchor(on.observed(), s.field.keys.front());
        if ((present = !text.empty()))
            scan_value(text);
    } else {
        visit_values(on.observed().payload, s.field.keys, [&](boost::json::value const& value) {
            present = true;
            if (auto const* text = value.if_string())
                scan_value(*text);
            else if (auto const* list = value.if_array())
                for (auto const& element : *list)
                    if (auto const* element_text = element.if_string())
                        scan_value(*element_text);
            return false;
        });
    }
    if (present)
        hit(s.presence, command_texts::every_text);
}

template <typename Hit>
void rule_index::kind_index::look_at_commands(slot const& s, line_commands& commands, subject& on, scan_memory& memory,
                                              Hit&& hit) const {
    for_each_name(commands, [&](trigger::place in, std::string_view name, std::size_t command) {
        auto const& known = in == trigger::place::fact ? s.facts : s.programs;
        auto found = known.find(name);
        if (found == known.end() && !std::ranges::all_of(name, [](char c) { return c >= 0 && fold_letter(c) == c; })) {
            fold_letters(name, on.spare());
            found = known.find(std::string_view{on.spare()});
        }
        if (found != known.end())
            hit((in == trigger::place::fact ? s.first_fact : s.first_program) + found->second,
                command_texts::only(command));
    });
    auto const& words = commands.words();
    command_words::locator locate(words);
    s.command_words.scan(words.text(), memory, [&](std::uint32_t word, std::size_t end) {
        hit(s.first_command_word + word, end == pattern_table::somewhere ? command_texts::every_text : locate(end));
    });
}

template <typename Memory>
void rule_index::kind_index::choose(subject& on, Memory& m) const {
    m.hits_.clear();
    m.chosen_.assign(always_.begin(), always_.end());
    for (auto const& s : slots_)
        look(s, on, m.scan_, [&](number trigger, command_texts::text_set where) {
            if (std::exchange(m.hit_[trigger], m.epoch_) == m.epoch_) {
                m.where_[trigger] |= where;
                return;
            }
            m.where_[trigger] = where;
            m.hits_.push_back(trigger);
        });
    for (auto const trigger : m.hits_)
        for (auto const list : lists_with_[trigger]) {
            if (std::exchange(m.list_hit_[list], m.epoch_) != m.epoch_)
                m.list_where_[list] = 0;
            m.list_where_[list] |= m.where_[trigger];
        }
    auto const was_hit = [&](number list) { return m.list_hit_[list] == m.epoch_; };
    for (auto const trigger : m.hits_)
        for (auto const rule : opened_[trigger])
            if (std::exchange(m.seen_[rule], m.epoch_) != m.epoch_ && std::ranges::all_of(further_of_[rule], was_hit))
                m.chosen_.push_back(rule);
    std::ranges::sort(m.chosen_);
    for (auto const rule : m.chosen_)
        m.candidates_.push_back(rules_[rule]);
}

template <typename Memory>
command_texts::text_set rule_index::kind_index::texts_for(number test, Memory const& m) const {
    auto open = command_texts::every_text;
    for (auto const list : lists_of_tests_[test]) {
        if (m.list_hit_[list] != m.epoch_)
            return 0;
        open &= m.list_where_[list];
    }
    return open;
}

command_texts::text_set rule_index::open_tests_of::texts(std::uint32_t test) const {
    return of_.from->texts_for(of_.first_test + test, memory_);
}

void rule_index::memory::make_ready_for(std::shared_ptr<rule_index const> const& index) {
    bool const same = !ready_for_.owner_before(index) && !index.owner_before(ready_for_);
    if (same)
        return;
    ready_for_.reset(); // until it is
    std::size_t triggers = 0;
    std::size_t rules = 0;
    std::size_t list_count = 0;
    for (auto const& [name, kind] : index->kinds_) {
        list_count = std::max(list_count, kind->list_count());
        kind->reserve(scan_);
        triggers = std::max(triggers, kind->triggers());
        rules = std::max(rules, kind->rules());
    }
    hit_.assign(triggers, 0);
    where_.assign(triggers, 0);
    seen_.assign(rules, 0);
    list_hit_.assign(list_count, 0);
    list_where_.assign(list_count, 0);
    epoch_ = 0;
    ready_for_ = index;
}

rule_index::rule_index(std::vector<std::shared_ptr<rule_program const>> rules, prefilter how)
    : rules_(std::move(rules)) {
    std::map<std::string_view, kind_index::builder> builders;
    for (std::size_t i = 0; i != rules_.size(); ++i)
        for (auto const& variant : rules_[i]->variants())
            builders[variant.source_kind].add({static_cast<std::uint32_t>(i), &variant, nullptr, 0}, how);
    for (auto& [name, builder] : builders)
        kinds_.emplace(name, builder.build());
}

rule_index::~rule_index() = default;

std::span<rule_index::candidate const> rule_index::candidates(subject& on, memory& scratch) const {
    scratch.candidates_.clear();
    auto const found = kinds_.find(std::string_view{on.observed().source_kind});
    if (found == kinds_.end())
        return {};
    if (++scratch.epoch_ == 0) {
        // The counter went round: an old mark could look like a new one.
        std::ranges::fill(scratch.hit_, 0u);
        std::ranges::fill(scratch.seen_, 0u);
        std::ranges::fill(scratch.list_hit_, 0u);
        scratch.epoch_ = 1;
    }
    found->second->choose(on, scratch);
    return scratch.candidates_;
}

} // namespace rulehost
