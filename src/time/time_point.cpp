#include <rulehost/time_point.hpp>
