"""rulehost::engine for Conan 2: conan create packaging/conan"""
import pathlib
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy
from conan.tools.gnu import PkgConfigDeps


class RulehostConan(ConanFile):
    name = "rulehost"
    description = "Live rule engine: YAML detection rules in, sensor events in, MITRE ATT&CK tags out"
    license = "Apache-2.0"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}
    requires = "boost/1.81.0", "nettle/[>=3.8]", "pcre2/[>=10.40]", "vectorscan/[>=5.4]", "yaml-cpp/[>=0.7]", "zlib/[>=1.2.13 <2]"
    tool_requires = "cmake/[>=3.25]", "pkgconf/[>=2]"

    def set_version(self):
        header = pathlib.Path(self.recipe_folder, "../../include/rulehost/version.hpp").read_text()
        self.version = re.search(r'version = "([^"]+)"', header).group(1)

    def export_sources(self):
        root = pathlib.Path(self.recipe_folder, "../..").resolve()
        for part in ("CMakeLists.txt", "LICENSE", "config/*", "include/*", "rules/*", "scripts/cmake/*", "src/*"):
            copy(self, part, root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        PkgConfigDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.variables["RULEHOST_SERVICE"] = False
        toolchain.variables["RULEHOST_WARNINGS_AS_ERRORS"] = False
        toolchain.variables["RULEHOST_SHARED_ENGINE"] = bool(self.options.shared)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, str(pathlib.Path(self.package_folder, "licenses")))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")  # the package's own rulehost-config.cmake
        self.cpp_info.builddirs = ["lib/cmake/rulehost"]
        self.cpp_info.libs = ["rulehost_engine"]
