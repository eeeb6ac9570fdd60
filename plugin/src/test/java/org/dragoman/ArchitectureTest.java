package org.dragoman;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.dragoman.cli.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows of the house: which room may use which. */
class ArchitectureTest {
  private static final String OURS = "org.dragoman";

  /** What each room may use, and what that uses in turn. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("yaml", Set.of()),
          Map.entry("stream", Set.of()),
          Map.entry("policy", Set.of("yaml", "stream")),
          Map.entry("translate", Set.of("stream", "policy")),
          Map.entry("container", Set.of()),
          Map.entry("os", Set.of()),
          Map.entry("host", Set.of("yaml", "policy", "stream", "os")),
          Map.entry("helper", Set.of("host", "translate", "policy", "yaml", "stream", "os")),
          Map.entry("image", Set.of("container", "translate", "policy", "stream", "os")),
          Map.entry("audit", Set.of("image", "container", "translate", "policy", "stream", "os")),
          Map.entry(
              "cli",
              Set.of(
                  "yaml",
                  "stream",
                  "policy",
                  "translate",
                  "container",
                  "os",
                  "image",
                  "audit",
                  "helper",
                  "host")));

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(OURS);

  /** The room of one of our classes, or null; what is in no room is in a room without arrows. */
  private static String room(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    if (!name.equals(OURS) && !name.startsWith(OURS + ".")) {
      return null;
    }
    String inside = name.substring(OURS.length());
    return inside.isEmpty() ? "" : inside.substring(1).split("\\.", 2)[0];
  }

  private static ArchRule arrows(Map<String, Set<String>> arrows) {
    return classes()
        .should(
            new ArchCondition<JavaClass>("live in a room and use only rooms that it may use") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                String room = room(type);
                if (!arrows.containsKey(room)) {
                  events.add(
                      SimpleConditionEvent.violated(type, type.getName() + " is in no known room"));
                  return;
                }
                Set<String> allowed = new HashSet<>(arrows.get(room));
                allowed.add(room);
                for (Dependency arrow : type.getDirectDependenciesFromSelf()) {
                  String other = room(arrow.getTargetClass());
                  if (other != null && !allowed.contains(other)) {
                    events.add(SimpleConditionEvent.violated(type, arrow.getDescription()));
                  }
                }
              }
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yaml",
        "stream",
        "policy",
        "translate",
        "container",
        "os",
        "image",
        "audit",
        "helper",
        "host",
        "cli"
      })
  void theRoomsAreNotEmpty(String room) {
    assertTrue(
        HOUSE.stream().anyMatch(type -> room.equals(room(type)) && !type.getSimpleName().isEmpty()),
        room);
  }

  @Test
  void eachRoomUsesOnlyTheRoomsThatItMay() {
    arrows(ARROWS).check(HOUSE);
  }

  @Test
  void anArrowThatIsNotAllowedIsFound() {
    Map<String, Set<String>> noArrows =
        Map.of(
            "yaml", Set.of(),
            "stream", Set.of(),
            "policy", Set.of(),
            "host", Set.of(),
            "translate", Set.of("policy", "stream"),
            "os", Set.of(),
            "cli", ARROWS.get("cli"));
    assertTrue(arrows(noArrows).evaluate(HOUSE).hasViolation());
  }

  @Test
  void aClassOutsideTheRoomsIsFound() {
    assertTrue(
        arrows(ARROWS)
            .evaluate(new ClassFileImporter().importClasses(ArchitectureTest.class))
            .hasViolation());
  }

  @Test
  void theCoreDoesNoInputOrOutputAndKnowsNoClock() {
    noClasses()
        .that()
        .resideInAnyPackage(OURS + ".stream..", OURS + ".translate..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "java.nio.file..", "java.nio.channels..", "java.net..", "java.time..", "jnr.."))
        .orShould()
        .dependOnClassesThat(FILES)
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(HOUSE);
  }

  @Test
  void onlyTheLoaderOfPoliciesTouchesFiles() {
    noClasses()
        .that()
        .resideInAPackage(OURS + ".policy..")
        .and(
            DescribedPredicate.describe(
                "do not load files",
                type ->
                    !Set.of("PolicyFiles", "Policies").contains(outermost(type).getSimpleName())))
        .should()
        .dependOnClassesThat(FILES)
        .orShould()
        .dependOnClassesThat(
            resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.net..")
                .and(
                    DescribedPredicate.describe(
                        "more than a name", type -> !type.getSimpleName().equals("Path"))))
        .check(HOUSE);
  }

  @Test
  void onlyTheRoomOsTouchesNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(OURS + ".os..")
        .should()
        .dependOnClassesThat(resideInAPackage("jnr.."))
        .check(HOUSE);
  }

  @Test
  void theCoreDoesNotTouchJackson() {
    noClasses()
        .that()
        .resideInAnyPackage(
            OURS + ".stream..", OURS + ".policy..", OURS + ".translate..", OURS + ".os..")
        .should()
        .dependOnClassesThat(resideInAPackage("com.fasterxml.."))
        .check(HOUSE);
  }

  @Test
  void onlyTheRoomYamlTouchesTheSchemaValidator() {
    noClasses()
        .that()
        .resideOutsideOfPackage(OURS + ".yaml..")
        .should()
        .dependOnClassesThat(resideInAPackage("com.networknt.."))
        .check(HOUSE);
  }

  @Test
  void onlyTheProgramItselfEndsTheProcess() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Main.class)
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(HOUSE);
  }

  private static final DescribedPredicate<JavaClass> FILES =
      DescribedPredicate.describe(
          "files or sockets of java.io",
          type ->
              type.getPackageName().equals("java.io")
                  && (type.getSimpleName().startsWith("File")
                      || type.getSimpleName().equals("RandomAccessFile")));

  private static JavaClass outermost(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer;
  }
}
