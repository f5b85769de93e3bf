#include "regex/regex.hpp"

#include "regex/linear_search.hpp"
#include "regex/python_syntax.hpp"
#include "text/ascii.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

namespace rulehost {
namespace {

// People write expressions; a larger one is an accident or an attack on the compiler.
constexpr std::size_t max_expression_length = 16 * 1024;
constexpr std::size_t max_program_size = 128 * 1024;
constexpr std::uint32_t max_nesting = 100;

/// Costs of work, in units of about a nanosecond.
struct prices {
    std::size_t callout;
    std::size_t byte;   ///< of text passed
    std::size_t branch; ///< tried
};
constexpr prices of_ascii{10, 1, 2};
constexpr prices of_utf8{12, 3, 4};
constexpr std::size_t bytes_skipped_per_unit = 8; ///< where no match can begin

// Work of the metered search before the linear search takes over: more than ordinary texts need, and no more than the
// linear search needs itself.
constexpr std::size_t trial_of_any = 4'000;
constexpr std::size_t trial_of_a_byte = 1;

// Second line of defence behind the meter. The heap limit applies only without JIT.
constexpr std::uint32_t match_limit = regex::allowance::most;
constexpr std::uint32_t heap_limit_kib = 4 * 1024;
constexpr std::size_t jit_stack_start = 32 * 1024;
constexpr std::size_t max_jit_stack = 1024 * 1024;

template <auto Release>
struct releaser {
    template <class Handle>
    void operator()(Handle* handle) const {
        Release(handle);
    }
};
using code_ptr = std::unique_ptr<pcre2_code, releaser<pcre2_code_free>>;
using compile_context_ptr = std::unique_ptr<pcre2_compile_context, releaser<pcre2_compile_context_free>>;
using match_context_ptr = std::unique_ptr<pcre2_match_context, releaser<pcre2_match_context_free>>;
using match_data_ptr = std::unique_ptr<pcre2_match_data, releaser<pcre2_match_data_free>>;
using jit_stack_ptr = std::unique_ptr<pcre2_jit_stack, releaser<pcre2_jit_stack_free>>;

std::size_t size_of(pcre2_code const& code) {
    std::size_t size = 0;
    pcre2_pattern_info(&code, PCRE2_INFO_SIZE, &size);
    return size;
}

template <class Pointer>
Pointer owned(typename Pointer::pointer handle) {
    if (!handle)
        throw std::bad_alloc();
    return Pointer(handle);
}

/// Work of one search so far.
struct work_meter {
    prices price{};
    std::size_t allowed = 0;
    std::size_t spent = 0;
    std::size_t last_start = 0;
    std::size_t last_position = 0;
};

std::size_t max_capture(pcre2_callout_block const& block) {
    std::size_t longest = 0;
    for (std::uint32_t i = 1; i < block.capture_top; ++i) {
        auto const begin = block.offset_vector[2 * i];
        auto const end = block.offset_vector[2 * i + 1];
        if (begin != PCRE2_UNSET && end != PCRE2_UNSET && end > begin)
            longest = std::max(longest, end - begin);
    }
    return longest;
}

int charge(pcre2_callout_block* block, void* data) {
    auto& meter = *static_cast<work_meter*>(data);
    if (block->start_match != meter.last_start) {
        meter.spent += (block->start_match - meter.last_start) / bytes_skipped_per_unit;
        meter.last_start = meter.last_position = block->start_match;
    }
    auto const moved = block->current_position > meter.last_position ? block->current_position - meter.last_position
                                                                     : meter.last_position - block->current_position;
    meter.last_position = block->current_position;
    meter.spent += meter.price.callout + moved * meter.price.byte;
    if (block->callout_number == backreference)
        meter.spent += max_capture(*block) * meter.price.byte;
    else if (block->callout_number >= first_branches)
        meter.spent += (block->callout_number - first_branches) * meter.price.branch;
    return meter.spent > meter.allowed ? PCRE2_ERROR_CALLOUT : 0;
}

/// Memory of one thread's searches, reused from search to search.
struct scratch_memory {
    scratch_memory()
        : context(owned<match_context_ptr>(pcre2_match_context_create(nullptr))),
          data(owned<match_data_ptr>(pcre2_match_data_create(1, nullptr))),
          stack(owned<jit_stack_ptr>(pcre2_jit_stack_create(jit_stack_start, max_jit_stack, nullptr))) {
        pcre2_set_callout(context.get(), charge, &meter);
        pcre2_set_match_limit(context.get(), match_limit);
        pcre2_set_heap_limit(context.get(), heap_limit_kib);
        pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
    }
    scratch_memory(scratch_memory const&) = delete;
    scratch_memory& operator=(scratch_memory const&) = delete;

    work_meter meter;
    match_context_ptr context;
    match_data_ptr data;
    jit_stack_ptr stack;
};

scratch_memory& scratch() {
    thread_local scratch_memory memory;
    return memory;
}

std::string message_of(int error) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return reinterpret_cast<char const*>(text.data());
}

/// Whether `pcre_text`, as from_python_syntax spells it, names only ASCII characters.
bool names_only_ascii(std::string_view pcre_text) {
    constexpr std::string_view by_number = "\\x{";
    for (auto at = pcre_text.find(by_number); at != std::string_view::npos; at = pcre_text.find(by_number, at + 1)) {
        unsigned value = 0;
        auto const digits = pcre_text.substr(at + by_number.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (value > 0x7f)
            return false;
    }
    return is_ascii(pcre_text);
}

struct compilation {
    code_ptr code; ///< null: compilation failed
    int error = 0;
    std::size_t offset = 0;
};

compilation compile_for(std::string_view pcre_text, regex::flags options, std::uint32_t characters) {
    auto const context = owned<compile_context_ptr>(pcre2_compile_context_create(nullptr));
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context.get(), max_nesting);
    std::uint32_t const compile_options =
        characters | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C | (options.ignore_case ? PCRE2_CASELESS : 0u);
    compilation made;
    made.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pcre_text.data()), pcre_text.size(), compile_options,
                                  &made.error, &made.offset, context.get()));
    return made;
}

} // namespace

struct regex::program {
    /// Makes machine code, which is large and slow to make, at the first search or in `make_ready`: most of thousands of
    /// expressions are never searched for. If the system forbids JIT, the interpreter does the same work under the same
    /// meter.
    code_ptr const& for_utf8() {
        std::call_once(utf8_searched, [this] { pcre2_jit_compile(utf8.get(), PCRE2_JIT_COMPLETE); });
        return utf8;
    }

    /// Programs for ASCII text, which search it as bytes: the same result at half the cost. If only some alternatives
    /// begin with `^`, `anywhere` omits these, so that PCRE2 can compute the first characters of a match.
    struct for_ascii {
        code_ptr at_start; ///< finds a match at the start of the text only; null: `anywhere` covers it
        code_ptr anywhere; ///< null: the expression names other characters
    };

    for_ascii const& ascii(std::string const& expression, flags options) {
        std::call_once(ascii_searched, [&] {
            auto const whole =
                from_python_syntax(expression, {.meter = metering::callouts, .meant = characters::ascii});
            if (!names_only_ascii(whole->text))
                return;
            auto const later = from_python_syntax(
                expression, {.meter = metering::callouts, .where = beginning::later, .meant = characters::ascii});
            bool const differ = later && later->text != whole->text;
            ascii_.anywhere = compile_for(differ ? later->text : whole->text, options, 0).code;
            if (differ)
                ascii_.at_start = compile_for(whole->text, options, PCRE2_ANCHORED).code;
            for (auto const* const each : {&ascii_.at_start, &ascii_.anywhere})
                if (*each)
                    pcre2_jit_compile(each->get(), PCRE2_JIT_COMPLETE);
        });
        return ascii_;
    }

    struct linear_way {
        std::unique_ptr<linear_search const> by_states;
        std::optional<problem> why_not;
    };

    linear_way const& linear(std::string const& expression, flags options) {
        std::call_once(linear_asked, [&] {
            auto made = linear_search::compile(expression, options);
            if (made) {
                linear_.by_states = std::move(*made);
            } else {
                linear_.why_not = made.error();
                is_metered_only.store(true, std::memory_order_relaxed);
            }
        });
        return linear_;
    }

    code_ptr utf8;
    std::atomic<bool> is_metered_only = false; ///< there is no linear search

private:
    linear_way linear_;
    std::once_flag linear_asked;
    for_ascii ascii_;
    std::once_flag utf8_searched;
    std::once_flag ascii_searched;
};

regex::regex(std::string expression, std::string pcre_syntax, flags options, std::unique_ptr<program> compiled)
    : expression_(std::move(expression)),
      pcre_syntax_(std::move(pcre_syntax)),
      options_(options),
      program_(std::move(compiled)) {}

regex::~regex() = default;

boost::system::result<std::shared_ptr<regex const>, regex::problem> regex::compile(std::string_view expression,
                                                                                   flags options) {
    if (expression.size() > max_expression_length)
        return problem{"the expression is longer than " + std::to_string(max_expression_length) + " bytes", 0};
    auto plain = from_python_syntax(expression);
    if (!plain)
        return plain.error();
    auto metered = from_python_syntax(
        expression, {.meter = metering::callouts, .meant = characters::unicode, .ignore_case = options.ignore_case});
    if (!metered)
        return metered.error();

    auto made = compile_for(metered->text, options, PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF);
    if (!made.code) {
        auto const& origin = metered->origin;
        return problem{message_of(made.error), made.offset < origin.size() ? origin[made.offset] : expression.size()};
    }
    if (size_of(*made.code) > max_program_size)
        return problem{"the expression is too large once its repeats are written out", 0};
    auto compiled = std::make_unique<program>();
    compiled->utf8 = std::move(made.code);
    return std::shared_ptr<regex const>(
        new regex(std::string(expression), std::move(plain->text), options, std::move(compiled)));
}

std::size_t regex::size() const {
    return size_of(*program_->utf8);
}

regex::outcome regex::search(std::string_view text, span* where) const {
    allowance its_own;
    return search(text, its_own, where);
}

regex::outcome regex::search(std::string_view text, allowance& allowed, span* where) const {
    if (program_->is_metered_only.load(std::memory_order_relaxed))
        return metered_search(text, allowed, where);
    allowance trial{std::min(allowed.left, trial_of_any + trial_of_a_byte * text.size())};
    auto const tried = trial.left;
    auto const found = metered_search(text, trial, where);
    allowed.left -= tried - trial.left;
    if (found != outcome::limit_hit)
        return found;
    linear_search::answer linear;
    if (auto const& way = program_->linear(expression_, options_); way.by_states) {
        linear = way.by_states->search(text, allowed, where);
        if (linear.is != outcome::limit_hit && linear.is_first)
            return linear.is;
    }
    auto const metered = metered_search(text, allowed, where);
    return metered == outcome::limit_hit ? linear.is : metered;
}

void regex::make_ready() const {
    program_->for_utf8();
    program_->ascii(expression_, options_);
}

std::optional<regex::problem> const& regex::why_not_linear() const {
    return program_->linear(expression_, options_).why_not;
}

regex::outcome regex::metered_search(std::string_view text, allowance& allowed, span* where) const {
    auto& memory = scratch();
    memory.meter = {of_utf8, allowed.left};
    auto const find = [&](code_ptr const& code, std::size_t from) {
        return pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, 0,
                           memory.data.get(), memory.context.get());
    };
    int result = PCRE2_ERROR_NOMATCH;
    auto const* const ascii = is_ascii(text) ? &program_->ascii(expression_, options_) : nullptr;
    if (ascii && ascii->anywhere) {
        memory.meter.price = of_ascii;
        if (ascii->at_start)
            result = find(ascii->at_start, 0);
        if (result == PCRE2_ERROR_NOMATCH && (!ascii->at_start || !text.empty()))
            result = find(ascii->anywhere, ascii->at_start ? 1 : 0);
    } else {
        result = find(program_->for_utf8(), 0);
    }
    allowed.left -= std::min(allowed.left, memory.meter.spent);
    if (result >= 0) {
        if (where) {
            auto const* const offsets = pcre2_get_ovector_pointer(memory.data.get());
            *where = {offsets[0], offsets[1]};
        }
        return outcome::match;
    }
    // Any other failure (out of stack, out of memory) leaves the answer just as unknown.
    return result == PCRE2_ERROR_NOMATCH ? outcome::no_match : outcome::limit_hit;
}

void throw_exception_from_error(regex::problem const& found, boost::source_location const&) {
    throw std::invalid_argument(found.message);
}

} // namespace rulehost
