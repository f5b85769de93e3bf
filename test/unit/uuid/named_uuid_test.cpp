#include "uuid/named_uuid.hpp"

#include <boost/test/unit_test.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <string>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(uuids_made_of_names)

BOOST_AUTO_TEST_CASE(ids_equal_those_of_other_implementations) {
    // The example of RFC 9562, appendix A.4.
    BOOST_TEST(to_string(named_uuid(boost::uuids::ns::dns(), "www.example.com")) ==
               "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    BOOST_TEST(content_uuid("x") == named_uuid(boost::uuids::ns::oid(), "x"));
}

BOOST_AUTO_TEST_CASE(a_name_may_have_any_length_and_hold_any_bytes) {
    boost::uuids::name_generator_sha1 const other(boost::uuids::ns::url());
    std::string name;
    for (int size = 0; size != 300; ++size, name += static_cast<char>(size * 7))
        BOOST_TEST(named_uuid(boost::uuids::ns::url(), name) == other(name.data(), name.size()));
}

BOOST_AUTO_TEST_SUITE_END()
