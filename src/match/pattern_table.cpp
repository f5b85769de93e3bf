#include "match/pattern_table.hpp"

#include "match/value/letter_fold.hpp"
#include "text/ascii.hpp"
#include "text/assertion.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>

namespace rulehost {

namespace {

constexpr std::size_t max_few = 8;
constexpr std::size_t short_text = 512;

/// Whether the lower-case `word` ends at `end`, ignoring letter case.
bool ends_there(std::string_view word, std::string_view text, std::size_t end) {
    if (word.size() > end)
        return false;
    return std::ranges::equal(word, text.substr(end - word.size(), word.size()),
                              [](char a, char b) { return a == fold_letter(b); });
}

struct receiver {
    void (*call)(void*, std::uint32_t, std::size_t);
    void* to;
    bool knows_places;
    std::exception_ptr problem{};
};

int on_match(unsigned id, unsigned long long, unsigned long long end, unsigned, void* context) {
    auto& hit = *static_cast<receiver*>(context);
    try {
        hit.call(hit.to, id, hit.knows_places ? static_cast<std::size_t>(end) : pattern_table::somewhere);
        return 0;
    } catch (...) { // passing through Vectorscan it would leave the scratch memory marked as in use
        hit.problem = std::current_exception();
        return 1;
    }
}

} // namespace

scan_memory::~scan_memory() {
    hs_free_scratch(scratch_);
}

void pattern_table::releaser::operator()(hs_database* database) const {
    hs_free_database(database);
}

pattern_table::pattern_table(std::vector<std::string> const& words) {
    if (words.empty())
        return;
    if (words.size() <= max_few) {
        few_ = words;
        for (std::size_t i = 0; i != few_.size(); ++i) {
            auto const last = few_[i].back();
            auto const bit = static_cast<std::uint8_t>(1u << i);
            last_letters_[static_cast<unsigned char>(last)] |= bit;
            if (last >= 'a' && last <= 'z')
                last_letters_[static_cast<unsigned char>(last - 'a' + 'A')] |= bit;
        }
    }
    std::vector<char const*> texts;
    std::vector<std::size_t> sizes;
    for (auto const& word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    std::vector<unsigned> const flags(words.size(), HS_FLAG_CASELESS);
    std::vector<unsigned> ids(words.size());
    std::iota(ids.begin(), ids.end(), 0u);
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    auto const result =
        hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(), static_cast<unsigned>(words.size()),
                             HS_MODE_BLOCK, nullptr, &database, &error);
    if (result != HS_SUCCESS) {
        std::string const message = error && error->message ? error->message : "no reason given";
        hs_free_compile_error(error);
        throw std::runtime_error("cannot build a pattern table: " + message);
    }
    database_.reset(database);
}

pattern_table::pattern_table(pattern_table&&) noexcept = default;
pattern_table::~pattern_table() = default;

void pattern_table::reserve(scan_memory& memory) const {
    if (database_ && hs_alloc_scratch(database_.get(), &memory.scratch_) != HS_SUCCESS)
        throw std::bad_alloc();
}

void pattern_table::scan(std::string_view text, scan_memory& memory, sink call, void* to) const {
    if (!database_)
        return;
    scan_bytes(text, memory, places::known, call, to);
    if (is_ascii(text))
        return;
    memory.folded_.clear();
    if (append_fold(text, memory.folded_))
        scan_bytes(memory.folded_, memory, places::lost, call, to);
}

void pattern_table::scan_bytes(std::string_view text, scan_memory& memory, places are, sink call, void* to) const {
    if (!few_.empty() && text.size() <= short_text)
        return scan_for_few(text, are, call, to);
    RULEHOST_ASSERT(text.size() <= std::numeric_limits<unsigned>::max());
    receiver hit{call, to, are == places::known};
    [[maybe_unused]] auto const result =
        hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, memory.scratch_, on_match, &hit);
    if (hit.problem)
        std::rethrow_exception(hit.problem);
    RULEHOST_ASSERT(result == HS_SUCCESS);
}

void pattern_table::scan_for_few(std::string_view text, places are, sink call, void* to) const {
    for (std::size_t at = 0; at != text.size(); ++at) {
        auto const ending = last_letters_[static_cast<unsigned char>(text[at])];
        if (ending == 0)
            continue;
        for (std::uint32_t word = 0; word != few_.size(); ++word)
            if ((ending >> word & 1) != 0 && ends_there(few_[word], text, at + 1))
                call(to, word, are == places::known ? at + 1 : somewhere);
    }
}

} // namespace rulehost
