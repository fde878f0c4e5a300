import { type DecoratorFixtures, middleware, Roles } from '../../../test/standard/decorator-fixtures.js';
import { testDecorators } from '../../../test/standard/decorator-suite.js';
import { Idempotent, Safe } from './annotations.js';
import { Public, Service, Stream, UseMiddleware } from './decorators.js';

function wrap(
  _prototype: object,
  _name: string,
  descriptor: TypedPropertyDescriptor<() => void>,
): TypedPropertyDescriptor<() => void> {
  const method = descriptor.value;
  return {
    ...descriptor,
    value(this: object) {
      method?.call(this);
    },
  };
}

@Service('everything@1.2.3')
class Everything {
  @Public()
  add(a: number, b: number): number {
    return a + b;
  }

  @Public()
  async multiply(a: number, b: number): Promise<number> {
    return a * b;
  }

  @Public()
  arrow = (a: number): number => a;

  @Public()
  *count(to: number): Generator<number> {
    for (let at = 0; at < to; at++) yield at;
  }

  @Public()
  async *tick(): AsyncGenerator<number> {
    yield 1;
  }

  @Stream()
  @Public()
  marked(): AsyncIterable<number> {
    return this.tick();
  }

  @Public()
  version = '1.0.0';

  @Public({ readonly: true })
  stated = 'x';

  @Public({ readonly: true })
  get total(): number {
    return 1;
  }

  @Public({ readonly: false })
  open: string | undefined = 'x';

  #level = 1;

  @Public({ readonly: false })
  get level(): number {
    return this.#level;
  }
  set level(value: number) {
    this.#level = value;
  }

  // Without a setter it is read-only, whatever the option says.
  @Public({ readonly: false })
  get size(): number {
    return this.#hidden();
  }

  @Public()
  unset: string | undefined;

  secret = 'secret';
  private alsoSecret = 'secret';

  helper(): string {
    return this.alsoSecret;
  }

  #hidden(): number {
    return 0;
  }
}

@Service()
class UserProfileService {
  @Public()
  get(): string {
    return '';
  }
}

@Service({ name: 'options', version: '2.1.0', middleware: [middleware.outer] })
class WithOptions {}

@Service('base@1.0.0')
class Base {
  @Public()
  kept(): string {
    return 'base';
  }

  @Public()
  kind(): unknown {
    return 'method';
  }
}

class Derived extends Base {
  override kept(): string {
    return 'derived';
  }

  @Public()
  added(): string {
    return 'added';
  }
}

@Service('own@3.0.0')
class OwnName extends Base {
  override *kind(): Generator<number> {
    yield 1;
  }
}

class PlainBase {
  @Public()
  fromBase(): void {}
}

@Service('over-plain-base@1.0.0')
class OverPlainBase extends PlainBase {
  @Public()
  own(): void {}
}

const { outer, inner, ofClass, ofDerived } = middleware;

@UseMiddleware(ofClass)
@Service('guarded')
@UseMiddleware(outer, inner)
class Guarded {
  @UseMiddleware(outer)
  @Public()
  @UseMiddleware(inner)
  run(): void {}

  @Public()
  free(): void {}

  @UseMiddleware(inner)
  hidden(): void {}
}

class GuardedMore extends Guarded {
  @UseMiddleware(ofDerived)
  override run(): void {}
}

@Service('contradiction')
class Contradiction {
  @Public({ readonly: false })
  @Public({ readonly: true })
  one = 1;

  @Public({ readonly: true })
  @Public({ readonly: false })
  other = 1;
}

@Service('wrapped')
class Wrapped {
  @Public()
  @wrap
  outside(): void {}

  @wrap
  @Public()
  inside(): void {}
}

@Service('with-context')
class WithContext {
  @Public({ context: 0 })
  whoAmI(_context: object, suffix: string): string {
    return suffix;
  }

  @Public()
  plain(): void {}
}

@Roles(['user'])
@Service('annotated')
class Annotated {
  @Roles(['admin'])
  @Public({ idempotent: true })
  remove(): void {}

  @Public()
  @Safe()
  list(): void {}
}

@Roles(['audited'])
class AnnotatedMore extends Annotated {
  @Roles(['owner'])
  @Idempotent(false)
  override remove(): void {}
}

@Service('emitting')
class Emitting {
  emit!: (event: string, data?: unknown) => void;

  @Public()
  run(): void {
    this.emit('upload:progress', { bytes: 1 });
    this.emit('done');
  }
}

@Service('counted')
class Counted {
  static constructed = 0;

  constructor() {
    Counted.constructed++;
  }

  @Public()
  value = 1;
}

@Service('occupied')
class Occupied {
  netron = 'its own';

  emit(event: string): string {
    return `own ${event}`;
  }
}

const refused: DecoratorFixtures['refused'] = [
  {
    what: 'a static member',
    message: /static member 'make' cannot be public/,
    make: () => {
      class Static {
        @Public()
        static make(): void {}
        use(): void {}
      }
      return Static;
    },
  },
  {
    what: 'a member named by a symbol',
    message: /a symbol cannot be called/,
    make: () => {
      class Symbolic {
        // @ts-expect-error a symbol is no public name
        @Public()
        [Symbol.iterator](): void {}
      }
      return Symbolic;
    },
  },
  {
    what: "'then'",
    message: /'then' cannot be public: `await` would treat the service as a promise/,
    make: () => {
      class Thenable {
        @Public()
        then(): void {}
      }
      return Thenable;
    },
  },
  ...['toJSON', 'catch', 'finally', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'].map(
    (name) => ({
      what: `'${name}'`,
      message: new RegExp(`'${name}' cannot be public`),
      make: () => {
        class Reserved {
          @Public()
          [name](): void {}
        }
        return Reserved;
      },
    }),
  ),
  {
    what: 'a malformed name',
    message: /invalid service name 'two words'/,
    make: () => {
      @Service('two words@1.0.0')
      class Malformed {}
      return Malformed;
    },
  },
  {
    what: 'a version range',
    message: /invalid version '\^1\.0\.0' of service 'ranged'/,
    make: () => {
      @Service('ranged@^1.0.0')
      class Ranged {}
      return Ranged;
    },
  },
  {
    what: 'two versions',
    message: /two versions, 1\.0\.0 and 2\.0\.0/,
    make: () => {
      @Service({ name: 'twice@1.0.0', version: '2.0.0' })
      class Twice {}
      return Twice;
    },
  },
  {
    what: 'a second @Service',
    message: /is already service 'first'/,
    make: () => {
      @Service('second')
      @Service('first')
      class Second {}
      return Second;
    },
  },
  {
    what: '@Service on a member',
    message: /@Service must decorate a class/,
    make: () => {
      class Misplaced {
        // @ts-expect-error not a class
        @Service('misplaced')
        method(): void {}
      }
      return Misplaced;
    },
  },
  {
    what: 'a context position that is none',
    message: /context must be the position of a parameter, not -1/,
    make: () => Public({ context: -1 }),
  },
];

const fixtures: DecoratorFixtures = {
  Everything,
  UserProfileService,
  WithOptions,
  Base,
  Derived,
  OwnName,
  OverPlainBase,
  PlainBase,
  Guarded,
  GuardedMore,
  Contradiction,
  Wrapped,
  WithContext,
  Annotated,
  AnnotatedMore,
  Emitting,
  Counted,
  Occupied,
  refused,
};

testDecorators('legacy', fixtures);
