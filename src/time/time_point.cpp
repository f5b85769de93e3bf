#include <rulehost/time_point.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <ranges>

namespace rulehost {
namespace {

using namespace std::chrono;

/// A cursor over hostile text: each member either consumes its part or leaves the text unchanged.
class scanner {
public:
    explicit scanner(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }

    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view letters() {
        auto const end = std::ranges::find_if_not(rest_, [](char c) { return c >= 'a' && c <= 'z'; });
        auto const word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(word.size());
        return word;
    }

    std::optional<int> digit() {
        if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9')
            return {};
        int const value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

    /// Exactly `count` digits.
    std::optional<int> number(int count) {
        scanner ahead = *this;
        int value = 0;
        for (int i = 0; i != count; ++i) {
            auto const next = ahead.digit();
            if (!next)
                return {};
            value = value * 10 + *next;
        }
        *this = ahead;
        return value;
    }

private:
    std::string_view rest_;
};

/// The digits after the decimal point, cut to microseconds.
std::optional<microseconds> fraction(scanner& text) {
    auto digit = text.digit();
    if (!digit)
        return {};
    microseconds value{0};
    for (microseconds unit{100'000}; digit; digit = text.digit(), unit /= 10)
        value += *digit * unit;
    return value;
}

constexpr time_point first_instant = sys_days{year{0} / 1 / 1};
constexpr time_point end_of_instants = sys_days{year{10'000} / 1 / 1};

/// Offset to subtract from local time to get UTC; `zone` for a time without one.
std::optional<minutes> offset(scanner& text, minutes zone) {
    if (text.done())
        return zone;
    if (text.take('Z') || text.take('z'))
        return minutes{0};
    bool const west = text.take('-');
    if (!west && !text.take('+'))
        return {};
    auto const hour = text.number(2);
    text.take(':');
    auto const minute = text.number(2);
    if (!hour || !minute || *hour > 23 || *minute > 59)
        return {};
    minutes const value = hours{*hour} + minutes{*minute};
    return west ? -value : value;
}

std::optional<time_point> read_time(scanner text, minutes zone) {
    auto const year_number = text.number(4);
    bool const first_dash = text.take('-');
    auto const month_number = text.number(2);
    bool const second_dash = text.take('-');
    auto const day_number = text.number(2);
    if (!year_number || !first_dash || !month_number || !second_dash || !day_number)
        return {};
    year_month_day const date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                              day{static_cast<unsigned>(*day_number)}};
    if (!date.ok() || !(text.take('T') || text.take('t') || text.take(' ')))
        return {};

    auto const hour = text.number(2);
    bool const colon = text.take(':');
    auto const minute = text.number(2);
    if (!hour || !colon || !minute || *hour > 23 || *minute > 59)
        return {};
    microseconds seconds_part{0};
    if (text.take(':')) {
        auto const second = text.number(2);
        // 60 is a leap second; system time has the first second of the next minute instead.
        if (!second || *second > 60)
            return {};
        seconds_part = seconds{*second};
        if (text.take('.')) {
            auto const part = fraction(text);
            if (!part)
                return {};
            seconds_part += *part;
        }
    }
    auto const east = offset(text, zone);
    if (!east || !text.done())
        return {};
    time_point const instant = sys_days{date} + hours{*hour} + minutes{*minute} + seconds_part - *east;
    return instant >= first_instant && instant < end_of_instants ? std::optional(instant) : std::nullopt;
}

struct unit {
    std::string_view name;
    duration length;
};

/// Largest first. Durations are read with weeks, and written without.
constexpr std::array units{
    unit{"w", days{7}},    unit{"d", days{1}},          unit{"h", hours{1}},         unit{"m", minutes{1}},
    unit{"s", seconds{1}}, unit{"ms", milliseconds{1}}, unit{"us", microseconds{1}},
};
constexpr duration longest = days{1'000'000};

std::optional<duration> read_duration(scanner text) {
    duration sum{0};
    duration previous = duration::max();
    do {
        auto digit = text.digit();
        if (!digit)
            return {};
        std::int64_t count = 0;
        for (; digit; digit = text.digit()) {
            count = count * 10 + *digit;
            if (count > longest.count())
                return {};
        }
        auto const name = text.letters();
        auto const found = std::ranges::find(units, name, &unit::name);
        if (found == units.end() || found->length >= previous || count > (longest - sum) / found->length)
            return {};
        sum += count * found->length;
        previous = found->length;
    } while (!text.done());
    return sum;
}

template <class T>
boost::system::result<T> or_invalid(std::optional<T> value) {
    if (!value)
        return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    return *value;
}

/// The last `count` digits of `value`.
void put_number(std::string& into, std::size_t at, std::size_t count, int value) {
    for (auto place = at + count; place-- != at; value /= 10)
        into[place] = static_cast<char>('0' + value % 10);
}

} // namespace

std::string format_time(time_point instant) {
    auto const midnight = floor<days>(instant);
    year_month_day const date{midnight};
    hh_mm_ss const clock{instant - midnight};
    auto const year = static_cast<int>(date.year());
    std::string text = "0000-00-00T00:00:00.000000Z";
    put_number(text, 0, 4, year);
    put_number(text, 5, 2, static_cast<int>(static_cast<unsigned>(date.month())));
    put_number(text, 8, 2, static_cast<int>(static_cast<unsigned>(date.day())));
    put_number(text, 11, 2, static_cast<int>(clock.hours().count()));
    put_number(text, 14, 2, static_cast<int>(clock.minutes().count()));
    put_number(text, 17, 2, static_cast<int>(clock.seconds().count()));
    put_number(text, 20, 6, static_cast<int>(clock.subseconds().count()));
    if (year < 0 || year > 9999)
        text.replace(0, 4, std::to_string(year));
    return text;
}

boost::system::result<time_point> parse_time(std::string_view text, std::chrono::minutes zone) {
    return or_invalid(read_time(scanner{text}, zone));
}

boost::system::result<duration> parse_duration(std::string_view text) {
    return or_invalid(read_duration(scanner{text}));
}

std::string format_duration(duration value) {
    std::string text;
    for (auto const& [name, length] : units | std::views::drop(1)) {
        if (auto const count = value / length; count > 0) {
            text += std::to_string(count);
            text += name;
            value -= count * length;
        }
    }
    return text.empty() ? "0s" : text;
}

std::string format_roughly(duration value) {
    if (value >= days{1})
        return format_duration(floor<hours>(value));
    if (value >= hours{1})
        return format_duration(floor<minutes>(value));
    return value < seconds{1} ? "<1s" : format_duration(floor<seconds>(value));
}

} // namespace rulehost
